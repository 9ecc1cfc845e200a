/* perigee plan, apply: what the definitions would change, and doing it. Files that are named go
 * into the layer of what people made, as if they had been made here. */
#include <stdio.h>

#include "base/time.h"
#include "cli/command.h"
#include "cli/scripts.h"
#include "module/living_schema.h"
#include "module/schema_rest.h"
#include "module/schema_waiting.h"
#include "schema/write.h"
#include "script/definitions.h"

enum {
    DEFINITIONS_MAX = 2000,
    PLAN_BYTES = 256 * 1024 * 1024,
    EXPORT_MAX_BYTES = 4 << 20,
    STATUS_MAX = 100
};

static void say_meeting(struct crm_command *c, const struct schema_step *step) {
    const struct schema_overlay *o = step->overlay;
    const struct str said[] = {o->key, o->below, o->noted, o->above, step->subject};
    const char *texts[5];
    for (size_t i = 0; i < 5; i++)
        texts[i] = arena_cstr(&c->arena, said[i].len ? said[i] : STR("-"));
    cli_say(c, &cli_said_meet, texts[0], texts[1], texts[2], texts[3], texts[4], NULL);
}

static void say_records(struct crm_command *c, const struct schema_step *step) {
    char rows[24];
    (void)snprintf(rows, sizeof rows, "%lld", (long long)step->rows);
    if (step->into.len)
        cli_say(c, &cli_said_into, arena_cstr(&c->arena, step->into), rows, NULL);
    else if (step->rows)
        cli_say(c, &cli_said_records, rows, NULL);
}

static void say_estimate(struct crm_command *c, const struct rebuild_estimate *it) {
    char rows[24], mb[24], seconds[24];
    (void)snprintf(rows, sizeof rows, "%lld", (long long)it->rows);
    (void)snprintf(mb, sizeof mb, "%lld", (long long)(it->bytes / 1000000));
    (void)snprintf(seconds, sizeof seconds, "%lld", (long long)it->seconds);
    cli_say(c, &cli_said_estimate, rows, mb, seconds, NULL);
}

static void put_steps(struct crm_command *c, const struct schema_plan *plan,
                      const struct rebuild_estimate *estimates) {
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
        if (step->overlay)
            say_meeting(c, step);
        else if (step->asks)
            cli_say(c, &cli_said_asks, arena_cstr(&c->arena, step->subject), NULL);
        if (step->waits)
            cli_say(c, &cli_said_step_waits, NULL);
        else if (step->background)
            say_estimate(c, &estimates[i]);
        if (schema_step_is_list(step->kind)) say_records(c, step);
        schema_step_json(w, step, &estimates[i], c->language);
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

/* An object that is left open for what becomes of it, also by an error. */
static crm_status put_plan(struct crm_command *c, const struct schema_plan *plan,
                           const struct extensions *extensions, struct err *err) {
    struct json_writer *w = command_result(c);
    struct rebuild_estimate *estimates = NULL;
    json_object_open(w);
    crm_status status =
        rebuild_estimate(kernel_engine(c->kernel), &c->arena, plan, &estimates, err);
    if (status != CRM_OK) return status;
    put_steps(c, plan, estimates);
    put_kept(c, plan);
    json_key_lit(w, "left_out");
    json_array_open(w);
    if (extensions) cli_left_out(c, extensions, w);
    json_array_shut(w);
    if (plan->step_count == 0) cli_say(c, &cli_said_no_steps, NULL);
    return CRM_OK;
}

crm_status cli_put_plan(struct crm_command *c, const struct schema_plan *plan, struct err *err) {
    crm_status status = put_plan(c, plan, NULL, err);
    json_object_shut(command_result(c));
    return status;
}

/* "a.b,c" */
static crm_status names_of(struct crm_command *c, const char *option, const struct str **ret,
                           size_t *ret_count, struct err *err) {
    struct str rest = command_value(c, option), head;
    struct str *names = ARENA_ARRAY(&c->arena, rest.len / 2 + 2, struct str);
    size_t count = 0;
    if (!names) return err_no_memory(err);
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ',', &head);
        if (head.len) names[count++] = head;
    }
    *ret = names;
    *ret_count = count;
    return CRM_OK;
}

static bool show_progress(void *ctx, const struct store_migration *m) {
    struct crm_command *c = ctx;
    if (m) command_progress(c, m->done, m->total, m->subject);
    return !c->io.cancelled || !c->io.cancelled(c->io.ctx);
}

/* Beside a server a job of it goes on; here the command does. Under the reload lock. */
static crm_status put_into_force(struct crm_command *c, struct kernel_plan *made,
                                 const struct schema_change *change, struct arena *a,
                                 struct err *err) {
    const struct rebuild_options options = {.progress = show_progress, .ctx = c};
    struct schema_plan plan = {0};
    crm_status status = kernel_files_change(c->kernel, made, change, a, &plan, err);
    if (status != CRM_OK) return status;
    if (plan.background_count && kernel_http(c->kernel)) cli_say(c, &cli_said_background, NULL);
    if (plan.background_count && !kernel_http(c->kernel))
        status = kernel_schema_work(c->kernel, &options, err);
    schema_plan_fini(&plan);
    if (status != CRM_OK || !kernel_http(c->kernel)) return status;
    const struct reload_options reloading = cli_reload_options(c);
    struct reload_report report; /* handlers come and go with their definitions */
    return kernel_reload_in_turn(c->kernel, &reloading, &c->arena, &report, err);
}

/* Where one administrator's definitions wait for another, those of a person do. */
static crm_status carry_out(struct crm_command *c, struct kernel_plan *made,
                            const struct schema_change *change, struct arena *a, struct err *err) {
    struct schema_plan plan = {0};
    int64_t id = 0;
    char text[24];
    if (!c->view || !schema_change_waits(c->kernel, c->view->record->access))
        return put_into_force(c, made, change, a, err);
    crm_status status =
        waiting_submit(c->kernel, change, command_value(c, "note"), a, &plan, &id, err);
    if (status != CRM_OK) return status;
    schema_plan_fini(&plan);
    snprintf(text, sizeof text, "%lld", (long long)id);
    cli_say(c, &cli_said_waits, text, NULL);
    json_key_lit(command_result(c), "waiting");
    json_id(command_result(c), id);
    return CRM_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */
struct taking {
    struct crm_command *command;
    struct cli_scripts *scripts; /* those go their own way */
    struct str rest;             /* of the file at hand, behind the definition before */
    struct admin_definition *items;
    size_t count;
};

static int64_t author_of(const struct crm_command *c) {
    return c->view ? c->view->record->access->actor.user : ACTOR_SYSTEM;
}

/* Of an entity there may be several pipelines, each with a name. */
static struct str stored_name(struct arena *a, const char *word, struct str name,
                              const struct schema_node *n) {
    const struct schema_node *own = schema_node_get(n, "name");
    if (strcmp(word, "pipeline") != 0 || !own || own->kind != SCHEMA_NODE_TEXT) return name;
    return arena_printf(a, "%.*s/%.*s", STR_ARG(name), STR_ARG(own->text));
}

/* What it means: the comment in the line above, as export writes it. */
static struct str note_above(struct taking *t, const char *word, struct str name) {
    struct str head = arena_printf(&t->command->arena, "\n%s \"%.*s\"", word, STR_ARG(name));
    size_t at = head.ptr ? str_find(t->rest, head) : SIZE_MAX, from = at;
    if (at == SIZE_MAX) return STR_NONE;
    while (from > 0 && t->rest.ptr[from - 1] != '\n')
        from--;
    struct str line = str_make(t->rest.ptr + from, at - from), mark = STR("-- ");
    t->rest = str_make(t->rest.ptr + at + head.len, t->rest.len - at - head.len);
    return str_starts_with(line, mark) ? str_make(line.ptr + mark.len, line.len - mark.len)
                                       : STR_NONE;
}

static crm_status take_definition(void *ctx, const char *word, struct str name,
                                  const struct schema_node *n, struct err *err) {
    struct taking *t = ctx;
    struct arena *a = &t->command->arena;
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    char limit[16];
    buf_init(&text, EXPORT_MAX_BYTES);
    if (strcmp(word, "script") == 0)
        return cli_scripts_take(t->command, t->scripts, name, n, note_above(t, word, name), err);
    if (t->count == DEFINITIONS_MAX) {
        (void)snprintf(limit, sizeof limit, "%d", DEFINITIONS_MAX);
        return err_set(err, CRM_TOO_LARGE, &cli_definitions_many, limit, NULL);
    }
    const struct str note = note_above(t, word, name);
    json_writer_init(&w, &text);
    schema_node_json(n, &w);
    t->items[t->count] =
        (struct admin_definition){.kind = str_from(word),
                                  .name = stored_name(a, word, name, n),
                                  .text = arena_str(a, buf_str(&text)),
                                  .note = note.len ? note : command_value(t->command, "note"),
                                  .author = author_of(t->command),
                                  .at = clock_now_ms()};
    bool is_whole = text.status == CRM_OK && t->items[t->count].text.ptr;
    t->count++;
    return is_whole ? CRM_OK : err_no_memory(err);
}

static crm_status take_files(struct crm_command *c, struct schema_change *change,
                             struct cli_scripts *scripts, struct err *err) {
    struct taking t = {.command = c,
                       .scripts = scripts,
                       .items = ARENA_ARRAY(&c->arena, DEFINITIONS_MAX, struct admin_definition)};
    crm_status status = t.items ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < c->value_count; i++) {
        struct script_source source = {.name = c->values[i].text};
        if (c->values[i].fd < 0) continue;
        status = cli_read_text(c, c->values[i].fd, &source.text, err);
        t.rest = source.text;
        if (status == CRM_OK)
            status = script_definitions_each(&c->arena, &source, take_definition, &t, err);
    }
    change->admin = t.items;
    change->admin_count = t.count;
    return status;
}

static crm_status read_wishes(struct crm_command *c, struct schema_wishes *ret, struct err *err) {
    struct schema_wish_list lists[SCHEMA_WISH_LISTS];
    crm_status status = CRM_OK;
    schema_wish_lists(ret, lists);
    for (size_t i = 0; status == CRM_OK && i < SCHEMA_WISH_LISTS; i++)
        status = names_of(c, lists[i].word, lists[i].names, lists[i].count, err);
    return status;
}

static crm_status with_plan(struct crm_command *c, bool applies, struct err *err) {
    struct arena a;
    struct kernel_plan made = {0};
    struct schema_plan shown = {0};
    struct cli_scripts scripts = {.count = 0};
    struct schema_change change = {.author = author_of(c), .lossy = command_has(c, "lossy")};
    crm_status status = read_wishes(c, &change.wishes, err);
    if (status == CRM_OK) status = take_files(c, &change, &scripts, err);
    if (status == CRM_OK && c->view)
        status = schema_change_allowed(c->view->record->access, &change, err);
    if (status != CRM_OK) return status;
    arena_init(&a, PLAN_BYTES);
    if (applies) kernel_reload_lock(c->kernel);
    status = kernel_plan_make(c->kernel, &a, &made, err);
    if (status == CRM_OK) {
        change.files = made.files;
        status = kernel_schema_look(c->kernel, &change, &a, &shown, err);
        if (status == CRM_OK) status = put_plan(c, &shown, &made.extensions, err);
        change.files = NULL;
        if (status == CRM_OK) status = cli_scripts_plan(c, &scripts, err);
        if (status == CRM_OK && applies) status = carry_out(c, &made, &change, &a, err);
        if (status == CRM_OK && applies) status = cli_scripts_save(c, &scripts, err);
        json_object_shut(command_result(c));
        if (shown.schema) schema_plan_fini(&shown);
        kernel_plan_fini(&made);
    }
    if (applies) kernel_reload_unlock(c->kernel);
    arena_fini(&a);
    return status;
}

/* What was done, runs and waits. */
static crm_status show_status(struct crm_command *c, struct err *err) {
    struct store_conn *conn = NULL;
    struct store_migration *all = NULL;
    size_t count = 0;
    struct json_writer *w = command_result(c);
    crm_status status = engine_reader_open(kernel_engine(c->kernel), &conn, err);
    if (status != CRM_OK) return status;
    status = store_migration_list(conn, -1, STATUS_MAX, &c->arena, &all, &count, err);
    store_conn_close(conn);
    json_object_open(w);
    json_key_lit(w, "migrations");
    json_array_open(w);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct store_migration *m = &all[i];
        schema_migration_json(w, m);
        command_say(c, "%-9s %-14.*s %.*s %lld/%lld %.*s", store_migration_word(m->state),
                    STR_ARG(m->kind), STR_ARG(m->subject), (long long)m->done, (long long)m->total,
                    STR_ARG(m->detail));
    }
    json_array_shut(w);
    json_object_shut(w);
    return status;
}

/* ---- what people made, as definition files ------------------------------------------------- */
/* A pipeline is stored as "entity/Name" and written as that of its entity. */
static struct str word_of(const struct admin_definition *it) {
    const char *slash = memchr(it->name.ptr, '/', it->name.len);
    bool is_pipeline = str_is(it->kind, "pipeline") && slash;
    return is_pipeline ? str_make(it->name.ptr, (size_t)(slash - it->name.ptr)) : it->name;
}

/* One line, whatever is in it. */
static void put_note(struct str note, struct buf *out) {
    buf_add_cstr(out, "-- ");
    for (size_t i = 0; i < note.len; i++)
        buf_add_char(out, (unsigned char)note.ptr[i] < ' ' ? ' ' : note.ptr[i]);
    buf_add_char(out, '\n');
}

/* Keys by name, as a definition file that is read again gives them; fields in their order. */
static void tidy(struct schema_node *n, bool is_fields) {
    if (n->kind == SCHEMA_NODE_MAP) {
        if (!is_fields) schema_node_sort(n);
        for (size_t i = 0; i < n->map.count; i++)
            tidy(&n->map.entries[i].value, str_is(n->map.entries[i].key, "fields"));
    }
    for (size_t i = 0; n->kind == SCHEMA_NODE_LIST && i < n->list.count; i++)
        tidy(&n->list.items[i], false);
}

static crm_status export_one(struct crm_command *c, const struct admin_definition *it,
                             struct err *err) {
    BUF_CLEANUP struct buf text;
    struct schema_node n;
    buf_init(&text, EXPORT_MAX_BYTES);
    crm_status status = schema_node_parse(&c->arena, it->text, &n, err);
    if (status != CRM_OK) return status;
    tidy(&n, false);
    if (it->note.len) put_note(it->note, &text);
    schema_node_lua(&n, arena_cstr(&c->arena, it->kind), word_of(it), &text);
    return text.status == CRM_OK ? command_write(c, buf_str(&text), err) : err_no_memory(err);
}

static crm_status export_schema(struct crm_command *c, struct err *err) {
    struct store_conn *conn = NULL;
    struct admin_definition *all = NULL;
    size_t count = 0;
    crm_status status = engine_reader_open(kernel_engine(c->kernel), &conn, err);
    if (status != CRM_OK) return status;
    status = admin_layer_load(conn, &c->arena, &all, &count, err);
    store_conn_close(conn);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        if (all[i].state == ADMIN_APPROVED) status = export_one(c, &all[i], err);
    return status == CRM_OK ? cli_scripts_export(c, err) : status;
}

static crm_status plan(struct crm_command *c, struct err *err) {
    return command_has(c, "status") ? show_status(c, err) : with_plan(c, false, err);
}
static crm_status apply(struct crm_command *c, struct err *err) { return with_plan(c, true, err); }

#define SCHEMA_OPTIONS                                                                             \
    {.name = "drop",                                                                               \
     .value = "NAMES",                                                                             \
     .help = "entities and fields to take out of use: organization.industry,...",                  \
     .kind = CRM_OPTION_TEXT},                                                                     \
        {.name = "recycle",                                                                        \
         .value = "NAMES",                                                                         \
         .help = "the same for ever: their values go",                                             \
         .kind = CRM_OPTION_TEXT},                                                                 \
        {.name = "keep",                                                                           \
         .value = "NAMES",                                                                         \
         .help = "fields that a module has changed, as you have: yours is right",                  \
         .kind = CRM_OPTION_TEXT},                                                                 \
        {.name = "take",                                                                           \
         .value = "NAMES",                                                                         \
         .help = "the same: the module is right",                                                  \
         .kind = CRM_OPTION_TEXT},                                                                 \
        {.name = "move",                                                                           \
         .value = "NAMES",                                                                         \
         .help = "stages, values and pipelines to remove, with where their records go: "           \
                 "project/Sales/Open=Won,industry/trade=retail,...",                               \
         .kind = CRM_OPTION_TEXT},                                                                 \
        {.name = "leave",                                                                          \
         .value = "NAMES",                                                                         \
         .help = "values to remove that stay in records as texts: industry/trade,...",             \
         .kind = CRM_OPTION_TEXT},                                                                 \
    {                                                                                              \
        .name = "lossy", .help = "lose values that do not convert", .kind = CRM_OPTION_FLAG        \
    }
static const struct crm_option plan_options[] = {
    SCHEMA_OPTIONS,
    {.name = "status", .help = "what was done, runs and waits", .kind = CRM_OPTION_FLAG}};
static const struct crm_option apply_options[] = {
    SCHEMA_OPTIONS,
    {.name = "note", .value = "TEXT", .help = "what the change is for", .kind = CRM_OPTION_TEXT}};
static const struct crm_option arguments[] = {
    {.name = "FILE",
     .help = "definitions made elsewhere, see schema export: taken as made here",
     .kind = CRM_OPTION_FILES_IN}};

CLI_RUN(plan)
CLI_RUN(apply)
CLI_COMMAND(plan, CLI_ANYWHERE, .name = "plan",
            .summary = "Shows what the definitions would change in the database",
            CLI_ARGUMENTS(arguments), CLI_OPTIONS(plan_options), .run = plan_,
            .help = "What cannot be done is listed as refused, with the reason; what takes "
                    "something away is done only when it is asked for by name.")
CLI_COMMAND(apply, CLI_ANYWHERE, .name = "apply",
            .summary = "Makes the database as the definitions say", CLI_ARGUMENTS(arguments),
            CLI_OPTIONS(apply_options), .run = apply_)

CLI_RUN(export_schema)
CLI_COMMAND(schema_export, CLI_ANYWHERE, .name = "schema export",
            .summary = "Writes the definitions that people made as a definition file",
            .run = export_schema_,
            .help = "Lua, as in the entities folder of a plugin. Another server takes it by "
                    "\"perigee apply FILE\".")
