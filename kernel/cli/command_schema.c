/* perigee plan, apply: what the definitions would change, and doing it. */
#include <stdio.h>

#include "cli/command.h"

enum { PLAN_BYTES = 256 * 1024 * 1024 };

static void put_steps(struct crm_command *c, const struct schema_plan *plan) {
    struct json_writer *w = command_result(c);
    json_key_lit(w, "steps");
    json_array_open(w);
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct schema_step *step = &plan->steps[i];
        BUF_CLEANUP struct buf reason;
        buf_init(&reason, 4096);
        if (step->refusal) err_format(step->refusal, c->language, &reason);
        command_say(c, "%-16s %.*s%s%.*s", schema_step_word(step->kind), STR_ARG(step->subject),
                    reason.len ? ": " : "", STR_ARG(buf_str(&reason)));
        json_object_open(w);
        json_key_lit(w, "step");
        json_cstr(w, schema_step_word(step->kind));
        json_key_lit(w, "subject");
        json_text(w, step->subject);
        if (step->refusal) {
            json_key_lit(w, "message");
            json_text(w, buf_str(&reason));
        }
        json_object_shut(w);
    }
    json_array_shut(w);
    json_key_lit(w, "refused");
    json_int64(w, (int64_t)plan->refused_count);
}

/* What the database has and nobody defines any more: nothing is done to it. */
static void put_kept(struct crm_command *c, const struct schema_plan *plan) {
    struct json_writer *w = command_result(c);
    json_key_lit(w, "kept");
    json_array_open(w);
    for (size_t i = 0; i < plan->kept_count; i++) {
        cli_say(c, &cli_said_kept, arena_cstr(&c->arena, plan->kept[i]), NULL);
        json_text(w, plan->kept[i]);
    }
    json_array_shut(w);
}

static void put_plan(struct crm_command *c, const struct kernel_plan *plan) {
    struct json_writer *w = command_result(c);
    json_object_open(w);
    put_steps(c, &plan->schema);
    put_kept(c, &plan->schema);
    json_key_lit(w, "left_out");
    json_array_open(w);
    cli_left_out(c, &plan->extensions, w);
    json_array_shut(w);
    json_object_shut(w);
    if (plan->schema.step_count == 0) cli_say(c, &cli_said_no_steps, NULL);
}

static crm_status with_plan(struct crm_command *c, bool applies, struct err *err) {
    struct arena a;
    struct kernel_plan made;
    arena_init(&a, PLAN_BYTES);
    crm_status status = kernel_plan_make(c->kernel, &a, &made, err);
    if (status == CRM_OK) {
        put_plan(c, &made);
        if (applies) status = kernel_apply(c->kernel, &made.schema, err);
        kernel_plan_fini(&made);
    }
    arena_fini(&a);
    return status;
}

static crm_status plan(struct crm_command *c, struct err *err) { return with_plan(c, false, err); }
static crm_status apply(struct crm_command *c, struct err *err) { return with_plan(c, true, err); }

CLI_RUN(plan)
CLI_RUN(apply)
CLI_COMMAND(plan, CLI_ANYWHERE, .name = "plan",
            .summary = "Shows what the definitions would change in the database", .run = plan_,
            .help = "New entities, fields and indexes; what is more than an addition is listed as "
                    "refused, with the reason.")
CLI_COMMAND(apply, CLI_ANYWHERE, .name = "apply",
            .summary = "Makes the database as the definitions say", .run = apply_)
