/* Files against their contents: each is there and as long as was stored. Whether every byte is
 * right a backup looks at, which reads them all. Threads: the check's. */
#include <unistd.h>

#include "record/check.h"
#include "record/engine_state.h"
#include "store/blob.h"

static crm_status look(struct check *k, const struct schema_entity *e, int64_t id,
                       const struct value *row, struct err *err) {
    struct digest digest;
    struct err own;
    struct value bytes = row_named(e, row, "bytes");
    int64_t found = 0;
    int fd = -1;
    if (!hex_parse(value_str(row_named(e, row, "digest")), digest.bytes, DIGEST_BYTES))
        return CRM_OK; /* it never had any */
    crm_status status = blob_open(engine_store(k->engine), &digest, &fd, &found, &own);
    if (status == CRM_NOT_FOUND) {
        check_problem(k, "%.*s %lld: its content is missing", STR_ARG(e->name), (long long)id);
        return CRM_OK;
    }
    if (status != CRM_OK) {
        err_copy(err, &own);
        return status;
    }
    close(fd);
    if (!value_is_nil(bytes) && bytes.integer != found)
        check_problem(k, "%.*s %lld: its content has %lld bytes, %lld were stored",
                      STR_ARG(e->name), (long long)id, (long long)found, (long long)bytes.integer);
    return CRM_OK;
}

crm_status check_contents(struct check *k, const struct schema_entity *e, const int64_t *ids,
                          struct value *const *rows, size_t count, struct err *err) {
    crm_status status = CRM_OK;
    if (!str_is(e->name, "file")) return CRM_OK;
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = look(k, e, ids[i], rows[i], err);
    return status;
}
