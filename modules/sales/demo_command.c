/* `perigee demo`: see demo.h. */
#include "demo.h"
#include "demo_words.h"

struct by_command {
    const struct crm *crm;
    struct crm_command *command;
};

static void show_progress(void *ctx, int64_t done, int64_t total) {
    const struct by_command *by = ctx;
    by->crm->command->progress(by->command, done, total, CRM_STR("deals"));
}
static bool is_cancelled(void *ctx) {
    const struct by_command *by = ctx;
    return by->crm->command->cancelled(by->command);
}

static crm_status run_demo(void *ctx, struct crm_command *command, struct crm_error *err) {
    enum { ACTIVITIES_MAX = 100 };
    static const struct crm_text bad_activities = {"demo_activities",
                                                   "--activities must be a number from 0 to 100.",
                                                   "--activities: число от 0 до 100."};
    static const struct crm_text bad_day = {"bad_date", "“{0}” is not a day like 2026-11-21.",
                                            "«{0}» — не день вида 2026-11-21."};
    const struct crm *crm = ctx;
    struct by_command by = {crm, command};
    struct demo_order order = {.crm = crm,
                               .view = crm->command->view(command),
                               .arena = crm->command->arena(command),
                               .size = crm->command->option_int64(command, "size", 400),
                               .activities = crm->command->option_int64(command, "activities", 0),
                               .seed = crm->command->option_int64(command, "seed", 1),
                               .progress = show_progress,
                               .stopping = is_cancelled,
                               .ctx = &by};
    struct crm_str day = crm->command->option(command, "today");
    int64_t changeset;
    order.has_today = day.len > 0;
    if (order.activities < 0 || order.activities > ACTIVITIES_MAX)
        return crm->base->error_set(err, CRM_INVALID, &bad_activities, NULL, 0);
    if (day.len && !crm->base->date_parse(day, &order.today))
        return crm->base->error_set(err, CRM_INVALID, &bad_day, &day, 1);
    crm_status status = demo_make(&order, &changeset, err);
    if (status != CRM_OK) return status;
    struct crm_json *out = crm->command->result(command);
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("deals"));
    crm->base->json_int64(out, order.size);
    crm->base->json_key(out, CRM_STR("changeset"));
    crm->base->json_id(out, changeset);
    crm->base->json_object_shut(out);
    return CRM_OK;
}

crm_status demo_command_register(struct crm *crm, struct crm_error *err) {
    static const struct crm_option options[] = {
        {.name = "size",
         .value = "N",
         .help = "how many deals (default: 400)",
         .kind = CRM_OPTION_INTEGER},
        {.name = "activities",
         .value = "N",
         .help = "activities of a deal, on average (default: up to three)",
         .kind = CRM_OPTION_INTEGER},
        {.name = "seed",
         .value = "S",
         .help = "another seed, another company (default: 1)",
         .kind = CRM_OPTION_INTEGER},
        {.name = "today",
         .value = "DATE",
         .help = "the day the history leads up to (default: today)",
         .kind = CRM_OPTION_TEXT}};
    struct crm_command_definition definition = {.size = sizeof definition,
                                                .name = "demo",
                                                .summary = "makes demonstration data",
                                                .help =
                                                    "`perigee undo CHANGESET` takes it all back.",
                                                .options = options,
                                                .option_count = sizeof options / sizeof *options,
                                                .texts = demo_help_texts,
                                                .text_count = DEMO_HELP_TEXTS,
                                                .run = run_demo,
                                                .ctx = crm};
    return crm->command->command_add(crm->host, &definition, err);
}
