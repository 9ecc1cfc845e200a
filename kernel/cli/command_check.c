/* perigee check: the data against the log; search indexes that are wrong made anew. */
#include <stdio.h>

#include "cli/command.h"
#include "record/log.h"
#include "record/read.h"
#include "record/search_repair.h"

static void on_problem(void *ctx, struct str text) { command_say(ctx, "%.*s", STR_ARG(text)); }

static bool on_batch(void *ctx, struct str entity, int64_t rows) {
    struct crm_command *c = ctx;
    command_progress(c, rows, 0, entity);
    return !c->io.cancelled || !c->io.cancelled(c->io.ctx);
}

static crm_status look(struct crm_command *c, struct check_report *ret, struct err *err) {
    struct record_view *v = c->view->record;
    *ret = (struct check_report){0};
    return record_check(v->engine, v->conn, v->arena, on_problem, c, ret, err);
}

/* Afterwards everything is looked at again, from the present on. */
static crm_status repair(struct crm_command *c, struct check_report *report, struct err *err) {
    const struct search_repair_options options = {.progress = on_batch, .ctx = c};
    struct record_view *v = c->view->record;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < report->search_wrong_count; i++) {
        const struct schema_entity *e =
            schema_entity_by_id(v->access->schema, report->search_wrong[i]);
        char rows_text[24];
        int64_t rows = 0;
        status = search_repair(v->engine, report->search_wrong[i], &options, &rows, err);
        if (status != CRM_OK || !e) break;
        snprintf(rows_text, sizeof rows_text, "%lld", (long long)rows);
        const char *name = arena_printf(&c->arena, "%.*s", STR_ARG(e->name)).ptr;
        cli_say(c, &cli_said_repaired, name ? name : "", rows_text, NULL);
    }
    if (status == CRM_OK && store_in_transaction(v->conn)) {
        store_rollback(v->conn);
        status = store_begin(v->conn, err);
    }
    return status == CRM_OK ? look(c, report, err) : status;
}

static crm_status check(struct crm_command *c, struct err *err) {
    struct check_report report;
    char problems[24];
    crm_status status = look(c, &report, err);
    if (status == CRM_OK && report.search_wrong_count && command_has(c, "repair"))
        status = repair(c, &report, err);
    if (status != CRM_OK) return status;
    snprintf(problems, sizeof problems, "%lld", (long long)report.problems);
    struct loaded *loaded = kernel_loaded(c->kernel);
    if (loaded) cli_left_out(c, &loaded->extensions, NULL);
    loaded_unref(loaded);
    if (report.problems) return err_set(err, CRM_INTERNAL, &cli_check_failed, problems, NULL);
    char counts[3][24];
    snprintf(counts[0], sizeof counts[0], "%lld", (long long)report.records);
    snprintf(counts[1], sizeof counts[1], "%lld", (long long)report.changesets);
    snprintf(counts[2], sizeof counts[2], "%lld", (long long)report.changes);
    cli_say(c, &cli_said_checked, counts[0], counts[1], counts[2], NULL);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "records");
    json_int64(w, report.records);
    json_key_lit(w, "changesets");
    json_int64(w, report.changesets);
    json_key_lit(w, "changes");
    json_int64(w, report.changes);
    json_key_lit(w, "problems");
    json_int64(w, report.problems);
    json_object_shut(w);
    return CRM_OK;
}

static const struct crm_option options[] = {
    {.name = "repair", .help = "make search indexes anew that are wrong, beside other work"}};
CLI_RUN(check)
CLI_COMMAND(check, CLI_ANYWHERE, .name = "check", .summary = "Checks the data against the log",
            .run = check_, CLI_OPTIONS(options),
            .help = "Integrity of the database, records against their log, the chain of digests, "
                    "roll-ups, counts and search indexes.")
