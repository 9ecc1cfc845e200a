/* Streamed bodies. See intake.h. */
#include "http/intake.h"

#include <stdio.h>
#include <stdlib.h>

#include "http/connection.h"
#include "http/messages.h"

enum { INTAKE_BYTES = 64 * 1024 };

struct http_intake {
    struct http_request *request;
    struct http_intake *next, *prev; /* loop: all open ones */
    pthread_mutex_t mu;
    pthread_cond_t wake;
    char *filling, *reading;       /* filling: guarded by mu; reading: the handler's */
    size_t filled;                 /* guarded by mu */
    bool ended, failed, overflown; /* guarded by mu */
    bool sleeps, wanted; /* guarded by mu: the connection waits for room, or for the first read */
    struct work resume;
};

crm_status http_intake_new(struct http_request *r, struct http_intake **ret, struct err *err) {
    struct http_intake *i = calloc(1, sizeof *i);
    if (!i) return err_no_memory(err);
    i->request = r;
    i->filling = malloc(INTAKE_BYTES);
    i->reading = malloc(INTAKE_BYTES);
    pthread_mutex_init(&i->mu, NULL);
    pthread_cond_init(&i->wake, NULL);
    i->next = r->loop->intakes;
    if (i->next) i->next->prev = i;
    r->loop->intakes = i;
    if (!i->filling || !i->reading) {
        http_intake_free(i);
        return err_no_memory(err);
    }
    i->sleeps = true;
    *ret = i;
    return CRM_OK;
}

void http_intake_free(struct http_intake *i) {
    if (!i) return;
    if (i->next) i->next->prev = i->prev;
    if (i->prev) {
        i->prev->next = i->next;
    } else {
        i->request->loop->intakes = i->next;
    }
    pthread_cond_destroy(&i->wake);
    pthread_mutex_destroy(&i->mu);
    free(i->filling);
    free(i->reading);
    free(i);
}

struct http_intake *http_intake_next(struct http_intake *i) {
    return i->next;
}

size_t http_intake_put(struct http_intake *i, const char *bytes, size_t len) {
    pthread_mutex_lock(&i->mu);
    size_t room = INTAKE_BYTES - i->filled, taken = len < room ? len : room;
    memcpy(i->filling + i->filled, bytes, taken);
    i->filled += taken;
    i->sleeps = taken < len;
    pthread_cond_signal(&i->wake);
    pthread_mutex_unlock(&i->mu);
    return taken;
}

static void set_flag(struct http_intake *i, bool *flag) {
    pthread_mutex_lock(&i->mu);
    *flag = true;
    pthread_cond_signal(&i->wake);
    pthread_mutex_unlock(&i->mu);
}

void http_intake_end(struct http_intake *i) { set_flag(i, &i->ended); }
void http_intake_fail(struct http_intake *i) { set_flag(i, &i->failed); }

void http_intake_overflow(struct http_intake *i) { set_flag(i, &i->overflown); }

bool http_intake_wanted(struct http_intake *i) {
    pthread_mutex_lock(&i->mu);
    bool wanted = i->wanted;
    pthread_mutex_unlock(&i->mu);
    return wanted;
}

static void on_resume(struct work *w, void *loop) {
    (void)loop;
    struct http_intake *i =
        (struct http_intake *)((char *)w - offsetof(struct http_intake, resume));
    struct http_request *r = i->request;
    if (r->mhd && r->phase == HTTP_PHASE_LANE) http_resume(r);
    http_request_release(r);
}

/* Wakes the connection when it sleeps for want of room or of a first read. Under mu. */
static void let_in(struct http_intake *i) {
    if (!i->sleeps || i->ended || i->failed) return;
    i->sleeps = false;
    i->wanted = true;
    http_request_hold(i->request);
    i->resume.run = on_resume;
    if (!loop_post(i->request->loop->loop, &i->resume)) i->failed = true;
}

static crm_status body_too_large(struct http_request *r, struct err *err) {
    char limit[24];
    snprintf(limit, sizeof limit, "%zu", r->body_limit);
    return err_set(err, CRM_TOO_LARGE, &http_body_too_large, limit, NULL);
}

crm_status http_body_read(struct http_request *r, struct str *ret_piece, struct err *err) {
    struct http_intake *i = r->intake;
    if (!i) return err_internal(err, "the route streams nothing in");
    http_request_forget_view(r);
    http_hands_end(r->hands); /* a slow client must not pin the log of the database */
    pthread_mutex_lock(&i->mu);
    if (i->filled == 0) let_in(i);
    while (i->filled == 0 && !i->ended && !i->failed && !i->overflown)
        pthread_cond_wait(&i->wake, &i->mu);
    bool failed = i->failed, overflown = i->overflown;
    size_t len = i->filled;
    char *full = i->filling;
    i->filling = i->reading;
    i->reading = full;
    i->filled = 0;
    let_in(i);
    pthread_mutex_unlock(&i->mu);
    if (overflown) return body_too_large(r, err);
    if (failed) return err_set(err, CRM_CANCELLED, &http_body_gone, NULL);
    *ret_piece = str_make(full, len);
    return CRM_OK;
}
