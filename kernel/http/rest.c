/* Registration of the kernel's own routes. */
#include "http/rest_action.h"

crm_status http_rest_register(struct http_server *s, struct err *err) {
    crm_status (*const nouns[])(struct http_server * s, struct err * err) = {
        http_rest_health,     http_rest_records, http_rest_lists,   http_rest_history,
        http_rest_links,      http_rest_batch,   http_rest_bulk,    http_rest_duplicates,
        http_rest_changesets, http_rest_jobs,    http_rest_files,   http_rest_meta,
        http_rest_settings,   http_rest_me,      http_rest_live,    http_rest_runs,
        http_rest_scripts,    http_rest_trials,  http_rest_actions, http_rest_replays,
        http_rest_mails,      http_rest_hooks};
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++) {
        crm_status status = nouns[i](s, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}
