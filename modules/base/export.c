/* Rows to files: see export.h. */
#include "export.h"

#include "export_run.h"

enum { FLUSH_BYTES = 64 * 1024 };

static const struct crm_text no_entity = {"unknown_entity",
                                          "There is no entity “{0}” that you may see.",
                                          "Нет сущности «{0}», которую вы можете видеть."};
static const struct crm_text may_not = {"forbidden", "Your role may not export {0}.",
                                        "Ваша роль не может экспортировать {0}."};
static const struct crm_text bad_format = {"unknown_format",
                                           "“{0}” is no format of export: csv, json, xlsx or vcf.",
                                           "«{0}» — не формат экспорта: csv, json, xlsx или vcf."};

/* The answer's head goes with its first bytes: what fails before them is a problem in words. */
static crm_status open_answer(struct exporting *x, struct crm_error *err) {
    if (x->command || x->is_open) return CRM_OK;
    x->crm->http->answer_header(x->request, "Content-Disposition",
                                crm_str_from(x->kind->disposition));
    x->is_open = true;
    return x->crm->http->stream_open(x->request, 200, x->kind->content_type, err);
}

crm_status export_flush(struct exporting *x, struct crm_error *err) {
    if (x->crm->base->buf_status(x->out) != CRM_OK) return x->crm->base->error_no_memory(err);
    struct crm_str bytes = x->crm->base->buf_str(x->out);
    crm_status status = open_answer(x, err);
    if (status != CRM_OK || bytes.len == 0) return status;
    status = x->command ? x->crm->command->write(x->command, bytes, err)
                        : x->crm->http->stream_write(x->request, bytes, err);
    x->crm->base->buf_clear(x->out);
    return status;
}

static crm_status add_row(void *ctx, const struct crm_row *row, struct crm_error *err) {
    struct exporting *x = ctx;
    x->crm->base->arena_reset(x->a);
    crm_status status = x->kind->row(x, row, err);
    x->rows++;
    if (status == CRM_OK && x->crm->base->buf_str(x->out).len >= FLUSH_BYTES)
        status = export_flush(x, err);
    return status;
}

/* What was asked for, or everything; the id comes first by itself. */
static crm_status choose_fields(struct exporting *x, struct crm_error *err) {
    size_t count = 0;
    crm_status status = x->kind->choose ? x->kind->choose(x, err) : CRM_OK;
    if (status == CRM_OK)
        status = x->crm->query->list_fields(x->view, &x->list, x->fields, x->paths,
                                            EXPORT_FIELDS_MAX, &count, err);
    x->field_count = count < EXPORT_FIELDS_MAX ? count : EXPORT_FIELDS_MAX;
    for (size_t i = 0; status == CRM_OK && i < x->field_count; i++) {
        x->facts[i].size = sizeof x->facts[i];
        x->crm->schema->field_facts(x->view, x->list.entity, x->fields[i], &x->facts[i]);
    }
    return status;
}

static const struct export_kind *find_kind(struct crm_str word) {
    static const struct export_kind *const kinds[] = {&export_csv, &export_json, &export_xlsx,
                                                      &export_vcard};
    if (word.len == 0) return kinds[0];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (crm_str_is(word, kinds[i]->word)) return kinds[i];
    return NULL;
}

static crm_status prepare(struct exporting *x, struct crm_str entity, struct crm_str format,
                          struct crm_error *err) {
    x->list.size = sizeof x->list;
    x->list.action = CRM_ACTION_EXPORT;
    x->list.entity = x->crm->schema->entity(x->view, entity);
    x->company.size = sizeof x->company;
    x->entity.size = sizeof x->entity;
    if (!x->list.entity) return x->crm->base->error_set(err, CRM_NOT_FOUND, &no_entity, &entity, 1);
    x->crm->schema->entity_facts(x->view, x->list.entity, &x->entity);
    if (!x->crm->schema->entity_can(x->view, x->list.entity, CRM_ACTION_EXPORT))
        return x->crm->base->error_set(err, CRM_FORBIDDEN, &may_not, &entity, 1);
    x->kind = find_kind(format);
    if (!x->kind) return x->crm->base->error_set(err, CRM_INVALID, &bad_format, &format, 1);
    crm_status status =
        x->crm->base->company(x->crm->host, x->crm->record->view_arena(x->view), &x->company, err);
    return status == CRM_OK ? choose_fields(x, err) : status;
}

static crm_status run(struct exporting *x, struct crm_error *err) {
    x->out = x->crm->base->buf_new(EXPORT_BUFFER_BYTES_MAX);
    x->a = x->crm->base->arena_new(EXPORT_BUFFER_BYTES_MAX);
    const struct export_kind *kind = x->kind ? x->kind : &export_csv;
    crm_status status = x->out && x->a ? CRM_OK : x->crm->base->error_no_memory(err);
    if (status == CRM_OK && kind->begin) status = kind->begin(x, err);
    if (status == CRM_OK) status = x->crm->query->list_each(x->view, &x->list, add_row, x, err);
    if (status == CRM_OK && kind->end) status = kind->end(x, err);
    if (status == CRM_OK) status = export_flush(x, err);
    if (kind->drop) kind->drop(x);
    if (x->a) x->crm->base->arena_free(x->a);
    if (x->out) x->crm->base->buf_free(x->out);
    return status;
}

static crm_status run_command(void *ctx, struct crm_command *command, struct crm_error *err) {
    const struct crm *crm = ctx;
    struct exporting x = {.crm = crm, .view = crm->command->view(command), .command = command};
    x.list.where = crm->command->option(command, "where");
    x.list.fields = crm->command->option(command, "fields");
    x.list.sort = crm->command->option(command, "sort");
    crm_status status = prepare(&x, crm->command->argument(command, "ENTITY"),
                                crm->command->option(command, "format"), err);
    if (status == CRM_OK) status = run(&x, err);
    if (status != CRM_OK) return status;
    struct crm_json *out = crm->command->result(command);
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("records"));
    crm->base->json_int64(out, x.rows);
    crm->base->json_object_shut(out);
    return CRM_OK;
}

static crm_status get_export(void *ctx, struct crm_request *r, struct crm_error *err) {
    static const char *const names[] = {"format", "where", "fields", "sort", "q"};
    const struct crm *crm = ctx;
    struct exporting x = {.crm = crm, .view = crm->http->view(r), .request = r};
    crm_status status = crm->http->query_only(r, names, sizeof names / sizeof *names, err);
    x.list.where = crm->http->query(r, "where");
    x.list.search = crm->http->query(r, "q");
    x.list.fields = crm->http->query(r, "fields");
    x.list.sort = crm->http->query(r, "sort");
    if (status == CRM_OK)
        status = prepare(&x, crm->http->param(r, "entity"), crm->http->query(r, "format"), err);
    return status == CRM_OK ? run(&x, err) : status;
}

static const struct crm_help_text help_texts[] = {
    {"what to export", "что выгрузить"},
    {"which records", "какие записи"},
    {"which fields, comma-separated (default: all)",
     "какие поля, через запятую (по умолчанию: все)"},
    {"order, as -amount,name", "порядок, например -amount,name"},
    {"csv (default), json, xlsx or vcf", "csv (по умолчанию), json, xlsx или vcf"},
    {"writes records to standard output", "пишет записи в стандартный вывод"}};

crm_status export_register(struct crm *crm, struct crm_error *err) {
    static const char *const formats[] = {"csv", "json", "xlsx", "vcf", NULL};
    static const struct crm_option arguments[] = {
        {.name = "ENTITY", .help = "what to export", .kind = CRM_OPTION_TEXT, .required = true}};
    static const struct crm_option options[] = {
        {.name = "where", .value = "EXPRESSION", .help = "which records", .kind = CRM_OPTION_TEXT},
        {.name = "fields",
         .value = "LIST",
         .help = "which fields, comma-separated (default: all)",
         .kind = CRM_OPTION_TEXT},
        {.name = "sort",
         .value = "LIST",
         .help = "order, as -amount,name",
         .kind = CRM_OPTION_TEXT},
        {.name = "format",
         .value = "FORMAT",
         .help = "csv (default), json, xlsx or vcf",
         .kind = CRM_OPTION_TEXT,
         .choices = formats}};
    struct crm_command_definition definition = {.size = sizeof definition,
                                                .name = "export",
                                                .summary = "writes records to standard output",
                                                .arguments = arguments,
                                                .argument_count = 1,
                                                .options = options,
                                                .option_count = sizeof options / sizeof *options,
                                                .texts = help_texts,
                                                .text_count =
                                                    sizeof help_texts / sizeof *help_texts,
                                                .run = run_command,
                                                .ctx = crm};
    crm_status status = crm->command->command_add(crm->host, &definition, err);
    struct crm_route route = {.size = sizeof route,
                              .lane = CRM_LANE_READER,
                              .flags = CRM_ROUTE_STREAM_OUT,
                              .method = "GET",
                              .pattern = "/api/v1/export/{entity}",
                              .handle = get_export,
                              .ctx = crm,
                              .summary = "Exports a list as CSV, JSON, XLSX or vCard",
                              .tag = "export"};
    return status == CRM_OK ? crm->http->route_add(crm->host, &route, err) : status;
}
