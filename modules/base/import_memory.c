/* Confirmed mappings: see import_memory.h. */
#include "import_memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 256, HEADERS_BYTES_MAX = 1024 * 1024 };
static const char nothing[] = "-"; /* an import that began without a remembered map */

static int compare_headers(const void *left, const void *right) {
    const struct crm_str *l = left, *r = right;
    int order = memcmp(l->ptr, r->ptr, l->len < r->len ? l->len : r->len);
    return order ? order : (l->len > r->len) - (l->len < r->len);
}

/* The digest of the headers as they compare, in whatever order they stand. */
static crm_status digest_headers(const struct import_run *run, struct crm_arena *a,
                                 const struct import_plan *plan, char ret[33],
                                 struct crm_error *err) {
    static const char hex[] = "0123456789abcdef";
    const struct crm_base *base = run->crm->base;
    struct crm_str *headers = base->arena_array(a, plan->header_count + 1, sizeof *headers);
    struct crm_buf *text = base->buf_new(HEADERS_BYTES_MAX);
    bool good = headers && text;
    for (size_t i = 0; good && i < plan->header_count; i++) {
        headers[i] = base->fold_key(a, plan->headers[i]);
        good = headers[i].ptr != NULL;
    }
    if (good) qsort(headers, plan->header_count, sizeof *headers, compare_headers);
    for (size_t i = 0; good && i < plan->header_count; i++) {
        base->buf_add(text, headers[i].ptr, headers[i].len);
        base->buf_add(text, "\n", 1); /* blanks in headers are collapsed: no line ends within */
    }
    good = good && base->buf_status(text) == CRM_OK;
    uint8_t digest[32] = {0};
    if (good) base->sha256(base->buf_str(text), digest);
    if (text) base->buf_free(text);
    for (size_t i = 0; i < 16; i++) {
        ret[2 * i] = hex[digest[i] >> 4];
        ret[2 * i + 1] = hex[digest[i] & 15];
    }
    ret[32] = '\0';
    return good ? CRM_OK : base->error_no_memory(err);
}

static int64_t actor_of(const struct import_run *run) {
    struct crm_actor_facts actor = {.size = sizeof actor};
    run->crm->record->actor(run->view, &actor);
    return actor.user;
}

static struct crm_str key_of(char *memory, int64_t user, const struct import_plan *plan,
                             const char *digest) {
    struct crm_str entity = plan->facts.name;
    int len = snprintf(memory, KEY_BYTES, "mapping/%lld/%.*s/%s", (long long)user, (int)entity.len,
                       entity.ptr, digest);
    return crm_str_make(memory, len > 0 && len < KEY_BYTES ? (size_t)len : KEY_BYTES - 1);
}

static struct crm_str key_of_import(char *memory, int64_t id) {
    int len = snprintf(memory, KEY_BYTES, "import/%lld/map", (long long)id);
    return crm_str_make(memory, (size_t)len);
}

crm_status import_memory_recall(const struct import_run *run, struct crm_arena *a,
                                const struct import_plan *plan, struct crm_str *ret_map,
                                struct crm_error *err) {
    const struct crm_file *file = run->crm->file;
    char memory[KEY_BYTES], digest[33];
    struct crm_str map = CRM_STR("");
    crm_status status = CRM_OK;
    if (run->id)
        status = file->state_get(run->crm->host, key_of_import(memory, run->id), a, &map, err);
    if (status == CRM_OK && map.len > 0) { /* it goes on as it began */
        *ret_map = crm_str_is(map, nothing) ? CRM_STR("") : map;
        return CRM_OK;
    }
    if (status == CRM_OK) status = digest_headers(run, a, plan, digest, err);
    const int64_t users[] = {actor_of(run), 0};
    for (size_t i = 0; status == CRM_OK && map.len == 0 && i < 2; i++)
        status =
            file->state_get(run->crm->host, key_of(memory, users[i], plan, digest), a, &map, err);
    if (status == CRM_OK && run->id && !run->options.dry)
        status = file->state_put(run->crm->host, key_of_import(memory, run->id),
                                 map.len ? map : crm_str_from(nothing), 0, err);
    if (status == CRM_OK) *ret_map = map;
    return status;
}

crm_status import_memory_keep(const struct import_run *run, struct crm_arena *a,
                              const struct import_plan *plan, const struct import_result *result,
                              struct crm_error *err) {
    char memory[KEY_BYTES], digest[33];
    if (run->options.dry || run->options.map.len == 0 ||
        result->created + result->updated + result->skipped == 0)
        return CRM_OK;
    const int64_t users[] = {actor_of(run), 0};
    crm_status status = digest_headers(run, a, plan, digest, err);
    for (size_t i = 0; status == CRM_OK && i < 2; i++)
        status = run->crm->file->state_put(run->crm->host, key_of(memory, users[i], plan, digest),
                                           run->options.map, 0, err);
    return status;
}
