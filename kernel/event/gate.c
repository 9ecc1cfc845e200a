/* Sending through the gate with libcurl. See gate.h. */
#include "event/gate.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "event/gate_place.h"
#include "event/messages.h"

enum { CONNECT_MS = 10000 };

struct passage {
    const struct gate_request *request;
    struct gate_place place; /* host and port are curl's */
    char *host, *port;
    struct curl_slist *pins, *headers;
    struct buf body;
    bool is_cut;
};

/* ---- where to ---------------------------------------------------------------------------------
 */

static char *part(CURLU *url, CURLUPart what, unsigned flags) {
    char *text = NULL;
    return curl_url_get(url, what, &text, flags) == CURLUE_OK ? text : NULL;
}

/* Scheme, host and port; nobody's name and password. */
static crm_status read_url(struct passage *p, CURLU *url, struct err *err) {
    const struct str shown = p->request->url;
    char *scheme = part(url, CURLUPART_SCHEME, 0), *user = part(url, CURLUPART_USER, 0);
    p->host = part(url, CURLUPART_HOST, 0);
    p->port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    bool is_http = scheme && (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
    bool is_plain = is_http && p->host && p->port && !user;
    curl_free(scheme);
    curl_free(user);
    if (!is_plain) return err_set_args(err, CRM_INVALID, &event_gate_url, &shown, 1);
    p->place =
        (struct gate_place){.host = p->host,
                            .port = p->port,
                            .allowed = gate_place_is_listed(p->request->allowed, p->host, p->port),
                            .shown = shown,
                            .refusal = &event_gate_place};
    if (p->place.allowed || !strcmp(p->port, "80") || !strcmp(p->port, "443")) return CRM_OK;
    return gate_place_refused(&p->place, err);
}

/* ---- what is sent -----------------------------------------------------------------------------
 */

static bool is_token(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_') return false;
    }
    return s.len > 0 && s.len < 100;
}

static bool is_header(const struct gate_header *h) {
    static const char *const ours[] = {"host",       "content-length", "transfer-encoding",
                                       "connection", "expect",         "upgrade",
                                       "te",         "trailer"};
    if (!is_token(h->name) || h->value.len > 4096) return false;
    for (size_t i = 0; i < h->value.len; i++)
        if ((unsigned char)h->value.ptr[i] < 32 || h->value.ptr[i] == 127) return false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (h->name.len == strlen(ours[i]) && strncasecmp(h->name.ptr, ours[i], h->name.len) == 0)
            return false;
    return true;
}

static crm_status check_request(const struct gate_request *q, struct err *err) {
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        known |= str_is(q->method, methods[i]);
    if (!known) return err_set_args(err, CRM_INVALID, &event_gate_method, &q->method, 1);
    if (q->url.len > GATE_URL_MAX || q->body.len > GATE_BODY_MAX ||
        q->header_count > GATE_HEADERS_MAX)
        return err_set(err, CRM_TOO_LARGE, &event_gate_large, NULL);
    for (size_t i = 0; i < q->header_count; i++)
        if (!is_header(&q->headers[i]))
            return err_set_args(err, CRM_INVALID, &event_gate_header, &q->headers[i].name, 1);
    return CRM_OK;
}

static crm_status put_headers(struct passage *p, struct arena *a, struct err *err) {
    for (size_t i = 0; i < p->request->header_count; i++) {
        const struct gate_header *h = &p->request->headers[i];
        struct str line = arena_printf(a, "%.*s: %.*s", STR_ARG(h->name), STR_ARG(h->value));
        struct curl_slist *list = line.ptr ? curl_slist_append(p->headers, line.ptr) : NULL;
        if (!list) return err_no_memory(err);
        p->headers = list;
    }
    return CRM_OK;
}

/* ---- while it is under way --------------------------------------------------------------------
 */

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx) {
    struct passage *p = ctx;
    size_t len = size * count, room = GATE_ANSWER_MAX - p->body.len;
    p->is_cut |= len > room;
    buf_add(&p->body, bytes, len < room ? len : room);
    return p->is_cut || p->body.status != CRM_OK ? 0 : len;
}

static int watch(void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                 curl_off_t up) {
    const struct gate_request *q = ((const struct passage *)ctx)->request;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return q->is_cancelled && q->is_cancelled(q->ctx);
}

static void set_options(struct passage *p, CURL *curl, CURLU *url, const char *method) {
    const struct gate_request *q = p->request;
    curl_easy_setopt(curl, CURLOPT_CURLU, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, p->pins);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, gate_place_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &p->place);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     (long)(q->timeout_ms ? q->timeout_ms : GATE_TIMEOUT_MS));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, p);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Perigee/" PERIGEE_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, p->headers);
    if (str_is(q->method, "HEAD")) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (q->body.len) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)q->body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, q->body.ptr);
    }
    if (!str_is(q->method, "HEAD")) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

static crm_status take_answer(struct passage *p, CURL *curl, struct arena *a,
                              struct gate_answer *ret, struct err *err) {
    long status = 0;
    char *type = NULL;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    struct str body = buf_str(&p->body), kind = type ? str_from(type) : STR_NONE;
    *ret = (struct gate_answer){.status = status, .is_cut = p->is_cut};
    if (kind.len && utf8_valid(kind)) ret->type = arena_str(a, kind);
    if (body.len && utf8_valid(body)) ret->body = arena_str(a, body);
    return p->body.status == CRM_OK ? CRM_OK : err_no_memory(err);
}

static crm_status perform(struct passage *p, CURLU *url, struct arena *a, struct gate_answer *ret,
                          struct err *err) {
    CURL *curl = curl_easy_init();
    const char *method = arena_cstr(a, p->request->method);
    crm_status status = curl && method ? put_headers(p, a, err) : err_no_memory(err);
    if (status == CRM_OK) {
        set_options(p, curl, url, method);
        CURLcode code = curl_easy_perform(curl);
        if (code == CURLE_OK || p->is_cut)
            status = take_answer(p, curl, a, ret, err);
        else if (code == CURLE_ABORTED_BY_CALLBACK)
            status = err_set(err, CRM_CANCELLED, &event_gate_stopped, NULL);
        else
            status = err_set(err, CRM_UNAVAILABLE, &event_gate_failed, p->host,
                             curl_easy_strerror(code), NULL);
    }
    curl_easy_cleanup(curl);
    return status;
}

/* `a` NULL: only checked. */
static crm_status pass(const struct gate_request *q, struct arena *a, struct gate_answer *ret,
                       struct err *err) {
    char text[GATE_URL_MAX + 1];
    struct passage p = {.request = q};
    crm_status status = check_request(q, err);
    if (status != CRM_OK) return status;
    gate_curl_begin();
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(q->url));
    CURLU *url = curl_url();
    if (!url) return err_no_memory(err);
    buf_init(&p.body, GATE_ANSWER_MAX);
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        status = err_set_args(err, CRM_INVALID, &event_gate_url, &q->url, 1);
    if (status == CRM_OK) status = read_url(&p, url, err);
    if (status == CRM_OK && a) status = gate_place_pin(&p.place, &p.pins, err);
    if (status == CRM_OK && a) status = perform(&p, url, a, ret, err);
    curl_slist_free_all(p.pins);
    curl_slist_free_all(p.headers);
    curl_free(p.host);
    curl_free(p.port);
    curl_url_cleanup(url);
    buf_fini(&p.body);
    return status;
}

crm_status gate_send(const struct gate_request *q, struct arena *a, struct gate_answer *ret,
                     struct err *err) {
    return pass(q, a, ret, err);
}

crm_status gate_check(const struct gate_request *q, struct err *err) {
    return pass(q, NULL, NULL, err);
}
