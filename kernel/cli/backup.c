/* What backup, restore, copy and the way back of an upgrade share. Threads: the command's. */
#include "cli/command.h"
#include "record/reindex.h"
#include "store/wipe.h"

crm_status cli_whole(struct crm_command *c, struct err *err) {
    const struct access *a = c->view->record->access;
    if (access_is_admin(a)) return CRM_OK;
    return err_set(err, CRM_FORBIDDEN, &cli_whole_forbidden, NULL);
}

static bool step(void *ctx, int64_t done, int64_t total) {
    struct cli_progress *p = ctx;
    command_progress(p->command, done, total, p->what);
    return !p->command->io.cancelled(p->command->io.ctx);
}

struct store_progress cli_store_progress(struct cli_progress *p) {
    return (struct store_progress){step, p};
}

static crm_status fill(struct crm_command *c, struct store *s, int fd, struct backup_facts *facts,
                       struct err *err) {
    struct cli_progress bar = {c, STR("restore")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct store_conn *writer = NULL;
    crm_status status = store_conn_open(s, STORE_WRITER, &writer, err);
    if (status != CRM_OK) return status;
    status = backup_load(fd, writer, &progress, facts, err);
    if (status == CRM_OK) status = store_checkpoint(writer, err);
    store_conn_close(writer);
    return status;
}

crm_status cli_load_backup(struct crm_command *c, int fd, struct backup_facts *facts,
                           bool *ret_begun, struct err *err) {
    const struct settings *s = &cli_program(c)->settings;
    const struct store_options options = {.data_dir = settings_text(s, SETTING_DATA),
                                          .uri = settings_text(s, SETTING_DATABASE),
                                          .create = true,
                                          .unfinished = true};
    struct store *store = NULL;
    crm_status status = store_wipe_unfinished(&options, err);
    if (status == CRM_OK) status = store_open(&options, &store, err);
    if (status != CRM_OK) return status;
    *ret_begun = true;
    status = fill(c, store, fd, facts, err);
    store_close(store);
    return status;
}

crm_status cli_finish_restore(struct crm_command *c, struct store *s, const struct schema *schema,
                              struct err *err) {
    struct cli_progress bar = {c, STR("search")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct store_conn *writer = NULL;
    crm_status status = store_conn_open(s, STORE_WRITER, &writer, err);
    if (status != CRM_OK) return status;
    status = record_reindex(writer, schema, &progress, err);
    if (status == CRM_OK) status = store_load_done(writer, true, err);
    if (status == CRM_OK) status = store_checkpoint(writer, err);
    store_conn_close(writer);
    return status;
}
