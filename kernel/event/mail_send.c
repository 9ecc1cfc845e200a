/* Speaking SMTP. See mail_send.h.
 *
 * What the server says is heard from curl's log, for the last word decides what becomes of a mail:
 * a refusal of the envelope or of the text with 5xx is for good, any other refusal passes, and
 * after the text was let go silence means that nobody knows. */
#include "event/mail_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "event/gate_place.h"
#include "event/mail_address.h"
#include "event/messages.h"

enum { CONNECT_MS = 15000, URL_BYTES = 600, PORT_BYTES = 8, HOST_BYTES = 256, LAST_PIECE = 512 };
enum { GOODBYE = 221 }; /* to QUIT, whatever came of the mail */

struct passage {
    const struct mail_server *server;
    const struct mail_parcel *parcel;
    struct gate_place place;
    char host[HOST_BYTES], port[PORT_BYTES], url[URL_BYTES];
    struct curl_slist *pins, *to;
    size_t at;                    /* of the text, handed to curl */
    bool has_begun;               /* the envelope */
    bool has_let_go;              /* the last piece */
    int code;                     /* of the last reply since; 0 = none */
    char reply[MAIL_REPLY_BYTES]; /* its line */
};

/* ---- where to ---------------------------------------------------------------------------------
 */

static bool is_usual(int port) { return port == 25 || port == 465 || port == 587 || port == 2525; }

static crm_status find_place(struct passage *p, struct err *err) {
    const struct mail_server *s = p->server;
    struct str domain = mail_address_domain(p->parcel->from);
    if (s->host.len == 0 || s->host.len >= HOST_BYTES)
        return err_set(err, CRM_UNAVAILABLE, &event_mail_no_server, NULL);
    (void)snprintf(p->host, sizeof p->host, "%.*s", STR_ARG(s->host));
    (void)snprintf(p->port, sizeof p->port, "%d", s->port);
    /* The path is the name that we say to the server. */
    (void)snprintf(p->url, sizeof p->url, "%s://%s:%s/%.*s",
                   s->tls == MAIL_TLS_WHOLE ? "smtps" : "smtp", p->host, p->port, STR_ARG(domain));
    p->place = (struct gate_place){.host = p->host,
                                   .port = p->port,
                                   .allowed = gate_place_is_listed(s->allowed, p->host, p->port),
                                   .shown = s->host,
                                   .refusal = &event_mail_place};
    if (!p->place.allowed && !is_usual(s->port)) return gate_place_refused(&p->place, err);
    /* In the open a password goes only where the operator has said so. */
    if (s->tls == MAIL_TLS_NONE && s->user.len && !p->place.allowed)
        return err_set(err, CRM_FORBIDDEN, &event_mail_open_password, NULL);
    return gate_place_pin(&p->place, &p->pins, err);
}

static crm_status put_addresses(struct passage *p, struct err *err) {
    char line[300];
    for (size_t i = 0; i < p->parcel->to_count; i++) {
        (void)snprintf(line, sizeof line, "<%.*s>", STR_ARG(p->parcel->to[i]));
        struct curl_slist *list = curl_slist_append(p->to, line);
        if (!list) return err_no_memory(err);
        p->to = list;
    }
    return CRM_OK;
}

/* ---- while it is under way --------------------------------------------------------------------
 */

static void hear(struct passage *p, const char *line, size_t len) {
    int code = 0;
    while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    if (len < 3) return;
    for (size_t i = 0; i < 3; i++) {
        if (line[i] < '0' || line[i] > '9') return;
        code = code * 10 + line[i] - '0';
    }
    if (code == GOODBYE) return;
    p->code = code;
    (void)snprintf(p->reply, sizeof p->reply, "%.*s",
                   (int)(len < sizeof p->reply ? len : sizeof p->reply - 1), line);
}

static int listen_to(CURL *curl, curl_infotype type, char *bytes, size_t len, void *ctx) {
    static const char envelope[] = "MAIL FROM";
    struct passage *p = ctx;
    (void)curl;
    if (type == CURLINFO_HEADER_IN) hear(p, bytes, len);
    if (type == CURLINFO_HEADER_OUT && len > sizeof envelope &&
        strncasecmp(bytes, envelope, sizeof envelope - 1) == 0)
        p->has_begun = true;
    return 0;
}

/* The last piece is a short one of its own: what came before it does not end a mail. */
static size_t give(char *to, size_t size, size_t count, void *ctx) {
    struct passage *p = ctx;
    struct str text = p->parcel->text;
    size_t room = size * count, rest = text.len - p->at;
    if (rest == 0) return 0;
    size_t len = rest <= LAST_PIECE ? rest : rest - LAST_PIECE;
    if (len > room) len = room;
    if (len == rest && !p->has_let_go) {
        if (!p->parcel->is_letting_go(p->parcel->ctx)) return CURL_READFUNC_ABORT;
        p->has_let_go = true;
        p->code = 0;
    }
    memcpy(to, text.ptr + p->at, len);
    p->at += len;
    return len;
}

static int watch(void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                 curl_off_t up) {
    const struct passage *p = ctx;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return !p->has_let_go && p->parcel->is_cancelled(p->parcel->ctx);
}

static void set_options(struct passage *p, CURL *curl, const char *from, const char *user,
                        const char *password) {
    curl_easy_setopt(curl, CURLOPT_URL, p->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, p->pins);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, gate_place_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &p->place);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)MAIL_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(p->server->tls == MAIL_TLS_START ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (p->server->user.len) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, p->to);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->parcel->text.len);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, p);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen_to);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, p);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, p);
}

/* ---- what became of it ------------------------------------------------------------------------
 */

static crm_status judge(const struct passage *p, CURLcode code, struct mail_fate *ret,
                        struct err *err) {
    bool is_no = p->code >= 400 && p->code < 600;
    if (code == CURLE_OK) return CRM_OK;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(err, CRM_CANCELLED, &event_mail_stopped, NULL);
    if (code == CURLE_USE_SSL_FAILED)
        return err_set(err, CRM_UNAVAILABLE, &event_mail_no_tls, p->host, NULL);
    ret->is_unsure = p->has_let_go && !is_no;
    if (ret->is_unsure) return err_set(err, CRM_UNAVAILABLE, &event_mail_unsure, p->host, NULL);
    if (!is_no)
        return err_set(err, CRM_UNAVAILABLE, &event_gate_failed, p->host, curl_easy_strerror(code),
                       NULL);
    ret->is_refused = p->code >= 500 && p->has_begun;
    return err_set(err, ret->is_refused ? CRM_REFUSED : CRM_UNAVAILABLE, &event_mail_refused,
                   p->host, p->reply, NULL);
}

static crm_status perform(struct passage *p, struct mail_fate *ret, struct err *err) {
    char from[300], user[HOST_BYTES], *password = malloc(p->server->password.len + 1);
    CURL *curl = curl_easy_init();
    crm_status status = curl && password ? put_addresses(p, err) : err_no_memory(err);
    if (status == CRM_OK) {
        (void)snprintf(from, sizeof from, "<%.*s>", STR_ARG(p->parcel->from));
        (void)snprintf(user, sizeof user, "%.*s", STR_ARG(p->server->user));
        (void)snprintf(password, p->server->password.len + 1, "%.*s", STR_ARG(p->server->password));
        set_options(p, curl, from, user, password);
        status = judge(p, curl_easy_perform(curl), ret, err);
        memset(password, 0, p->server->password.len);
    }
    curl_easy_cleanup(curl);
    free(password);
    return status;
}

crm_status mail_send(const struct mail_server *s, const struct mail_parcel *p,
                     struct mail_fate *ret, struct err *err) {
    struct passage passage = {.server = s, .parcel = p};
    *ret = (struct mail_fate){false, false};
    gate_curl_begin();
    crm_status status = find_place(&passage, err);
    if (status == CRM_OK) status = perform(&passage, ret, err);
    curl_slist_free_all(passage.pins);
    curl_slist_free_all(passage.to);
    return status;
}
