/* Structs of different ages, and the ends of calls into modules. */
#include "module/bridge.h"

#include "module/messages.h"
#include "module/registry.h"

struct crash_mark bridge_enter(const struct crm_host *host, const char *what) {
    struct crash_mark here = crash_here();
    return host && host->module ? crash_enter(host->module->name, what) : here;
}

crm_status bridge_finish(crm_status status, struct crm_error *said, struct err *err) {
    if (status == CRM_OK) return CRM_OK;
    if (!err) return status;
    struct err *inner = err_in(said);
    if (inner->text.code) {
        err_copy(err, inner);
        err->status = status;
        return status;
    }
    if (status == CRM_NO_MEMORY) return err_no_memory(err);
    err_internal(err, "a module returned %s without a message", crm_status_word(status));
    err->status = status;
    return status;
}

void bridge_facts(void *to, uint32_t to_size, void *from, size_t from_size) {
    size_t size = to_size < from_size ? to_size : from_size;
    memcpy(from, &to_size, sizeof to_size); /* `size` comes first and stays the caller's */
    memcpy(to, from, size);
}

void bridge_options(void *to, size_t to_size, const void *from, uint32_t from_size) {
    memset(to, 0, to_size);
    if (from) memcpy(to, from, from_size < to_size ? from_size : to_size);
}
