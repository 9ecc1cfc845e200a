/* perigee set: creates or changes one record, values as texts. */
#include <stdio.h>

#include "cli/command.h"
#include "record/changeset.h"
#include "record/read.h"

struct setting_op {
    struct crm_command *command;
    const struct schema_entity *entity;
    struct changeset set;
    struct record_op *op;
};

static crm_status put_items(struct setting_op *s, const struct schema_field *f, struct str text,
                            struct err *err) {
    struct arena *a = &s->command->arena;
    struct store_item *items = NULL;
    size_t count = 0, capacity = 0;
    struct str rest = text, part;
    for (bool more = str_trim(text).len > 0; more;) {
        more = str_split(&rest, ',', &part);
        struct value value = value_text(str_trim(part));
        const struct record_text_options options = {.scale_micro = DECIMAL_ONE};
        crm_status status = f->type == SCHEMA_FIELD_LABELLED
                                ? CRM_OK
                                : record_value_from_text(s->command->view->record, f,
                                                         str_trim(part), &options, &value, err);
        if (status != CRM_OK) return status;
        items = arena_grow(a, items, count, &capacity, sizeof *items);
        if (!items) return err_no_memory(err);
        items[count] = (struct store_item){
            .value = value, .primary = count == 0 && f->type == SCHEMA_FIELD_LABELLED};
        count++;
    }
    return record_op_items(&s->set, s->op, f->slot, RECORD_ITEMS_REPLACE, items, count)
               ? CRM_OK
               : err_no_memory(err);
}

static crm_status put_pair(struct setting_op *s, struct str pair, struct err *err) {
    struct str text = pair, name;
    if (!str_split(&text, '=', &name))
        return err_set_args(err, CRM_UNSUPPORTED, &cli_set_form, &pair, 1);
    const struct schema_field *f = schema_field_find(s->entity, name);
    const struct str args[] = {name, s->entity->name};
    if (!f || !access_field_visible(s->command->view->record->access, s->entity, f))
        return err_set_args(err, CRM_INVALID, &cli_field_unknown, args, 2);
    if (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS) return put_items(s, f, text, err);
    struct value value = {.type = VALUE_NIL};
    const struct record_text_options options = {.scale_micro = DECIMAL_ONE};
    crm_status status =
        text.len ? record_value_from_text(s->command->view->record, f, text, &options, &value, err)
                 : CRM_OK;
    if (status != CRM_OK) {
        err_at_field(err, name);
        return status;
    }
    return record_op_set(&s->set, s->op, f->slot, value) ? CRM_OK : err_no_memory(err);
}

static crm_status put_json(struct setting_op *s, struct str text, struct err *err) {
    JSON_CLEANUP json_t *body = NULL;
    struct err_list errors = {NULL, 0};
    crm_status status = json_parse(text, &json_limits_default, &body, err);
    if (status == CRM_OK)
        status =
            record_op_from_json(s->command->view->record, &s->set, s->op, body, NULL, &errors, err);
    if (errors.count) {
        err_copy(err, &errors.items[0]);
        return err->status;
    }
    return status;
}

static crm_status fill(struct setting_op *s, struct err *err) {
    struct crm_command *c = s->command;
    struct str id_text = command_value(c, "ID");
    int64_t id = 0;
    bool is_new = str_is(id_text, "new");
    if (!is_new && !id_parse(id_text, &id))
        return err_set_args(err, CRM_NOT_FOUND, &cli_id_malformed, &id_text, 1);
    s->op = is_new ? changeset_create(&s->set, kernel_engine(c->kernel), s->entity)
                   : changeset_op(&s->set, RECORD_UPDATE, s->entity, id);
    if (!s->op) return err_no_memory(err);
    crm_status status =
        command_has(c, "body") ? put_json(s, command_value(c, "body"), err) : CRM_OK;
    for (size_t i = 0; i < c->value_count && status == CRM_OK; i++)
        if (strcmp(c->values[i].name, "FIELD=VALUE") == 0)
            status = put_pair(s, c->values[i].text, err);
    return status;
}

static void show(struct crm_command *c, const struct changeset_result *result) {
    const struct record_outcome *outcome = result->outcomes;
    if (outcome) command_say(c, "%lld", (long long)outcome->id);
    struct json_writer *w = command_result(c);
    json_object_open(w);
    json_key_lit(w, "id");
    json_id(w, outcome ? outcome->id : 0);
    json_key_lit(w, "version");
    json_int64(w, outcome ? outcome->version : 0);
    json_key_lit(w, "changeset");
    if (result->id)
        json_id(w, result->id);
    else
        json_nil(w);
    json_object_shut(w);
}

static crm_status set(struct crm_command *c, struct err *err) {
    struct setting_op s = {.command = c, .entity = cli_entity(c, command_value(c, "ENTITY"), err)};
    struct changeset_result result = {0};
    struct err_list errors = {NULL, 0};
    if (!s.entity) return CRM_NOT_FOUND;
    changeset_init(&s.set, &c->arena, c->view->schema, &c->view->record->access->actor);
    if (command_has(c, "dry")) s.set.flags |= CHANGESET_DRY;
    crm_status status = fill(&s, err);
    if (status == CRM_OK)
        status = changeset_commit(kernel_engine(c->kernel), c->view->record->conn, &s.set, &result,
                                  &errors, err);
    if (status != CRM_OK && errors.count) err_copy(err, &errors.items[0]);
    if (status == CRM_OK) show(c, &result);
    changeset_fini(&s.set);
    return status;
}

CLI_RUN(set)
static const struct crm_option arguments[] = {
    {.name = "ENTITY", .help = "of which entity", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "ID", .help = "of the record, or \"new\"", .kind = CRM_OPTION_TEXT, .required = true},
    {.name = "FIELD=VALUE",
     .help = "values as texts; lists with commas; nothing empties",
     .kind = CRM_OPTION_REPEATED}};
static const struct crm_option options[] = {
    {.name = "body",
     .value = "JSON",
     .help = "a record object as in REST",
     .kind = CRM_OPTION_TEXT},
    {.name = "dry", .help = "check without writing", .kind = CRM_OPTION_FLAG}};
CLI_COMMAND(set, CLI_ANYWHERE, .name = "set", .summary = "Creates or changes a record",
            CLI_ARGUMENTS(arguments), CLI_OPTIONS(options), .run = set_)
