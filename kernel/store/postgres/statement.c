/* Prepared statements by text: found by hash, named by a number that is never used twice, the
 * longest unused ones given up when there are too many. */
#include <assert.h>
#include <stdlib.h>

#include "store/postgres/postgres.h"

static void unlink_used(struct postgres_conn *n, struct postgres_statement *s) {
    *(s->newer ? &s->newer->older : &n->newest) = s->older;
    *(s->older ? &s->older->newer : &n->oldest) = s->newer;
    s->newer = s->older = NULL;
}

static void link_newest(struct postgres_conn *n, struct postgres_statement *s) {
    s->older = n->newest;
    *(n->newest ? &n->newest->newer : &n->oldest) = s;
    n->newest = s;
}

static void forget(struct postgres_conn *n, struct postgres_statement *s) {
    struct postgres_statement **at = &n->buckets[s->hash % POSTGRES_BUCKETS];
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    unlink_used(n, s);
    n->statement_count--;
    free(s);
}

void postgres_statements_forget(struct postgres_conn *n) {
    while (n->oldest)
        forget(n, n->oldest);
}

/* The server frees the oldest half at once: one exchange for many. */
static crm_status make_room(struct postgres_conn *n, struct err *err) {
    if (n->statement_count < POSTGRES_STATEMENTS_MAX) return CRM_OK;
    crm_status status = postgres_sync(n, NULL, err);
    if (status != CRM_OK) return status;
    struct buf text BUF_CLEANUP;
    buf_init(&text, 64 * POSTGRES_STATEMENTS_MAX);
    while (n->statement_count > POSTGRES_STATEMENTS_MAX / 2) {
        assert(!n->oldest->older);
        if (n->oldest->state == POSTGRES_READY)
            buf_printf(&text, "DEALLOCATE p%llu;", (unsigned long long)n->oldest->number);
        forget(n, n->oldest);
    }
    if (text.status != CRM_OK) return err_no_memory(err);
    return text.len ? postgres_script(n, text.ptr, err) : CRM_OK;
}

static struct postgres_statement *find(struct postgres_conn *n, const struct statement *q) {
    struct postgres_statement *s = n->buckets[q->hash % POSTGRES_BUCKETS];
    while (s && (s->hash != q->hash || s->len != q->text.len ||
                 memcmp(s->text, q->text.ptr, s->len) != 0))
        s = s->next;
    return s;
}

crm_status postgres_statement_get(struct postgres_conn *n, const struct statement *q,
                                  struct postgres_statement **ret, struct err *err) {
    struct postgres_statement *s = find(n, q);
    if (s) {
        if (n->newest != s) {
            unlink_used(n, s);
            link_newest(n, s);
        }
        *ret = s;
        return CRM_OK;
    }
    crm_status status = make_room(n, err);
    if (status != CRM_OK) return status;
    s = calloc(1, sizeof *s + q->text.len + 1);
    if (!s) return err_no_memory(err);
    s->hash = q->hash;
    s->len = q->text.len;
    memcpy(s->text, q->text.ptr, q->text.len);
    s->next = n->buckets[q->hash % POSTGRES_BUCKETS];
    n->buckets[q->hash % POSTGRES_BUCKETS] = s;
    link_newest(n, s);
    n->statement_count++;
    *ret = s;
    return CRM_OK;
}
