/* Rows to text: see export.h. */
#include "export.h"

enum { EXPORT_FIELDS_MAX = 256, FLUSH_BYTES = 64 * 1024, BUFFER_BYTES_MAX = 32 * 1024 * 1024 };

static const struct crm_text no_entity = {"unknown_entity",
                                          "There is no entity “{0}” that you may see.",
                                          "Нет сущности «{0}», которую вы можете видеть."};
static const struct crm_text may_not = {"forbidden", "Your role may not export {0}.",
                                        "Ваша роль не может экспортировать {0}."};
static const struct crm_text bad_format = {"unknown_format",
                                           "“{0}” is no format of export: csv or json.",
                                           "«{0}» — не формат экспорта: csv или json."};

struct exporting {
    const struct crm *crm;
    struct crm_view *view;
    struct crm_list list;
    bool is_json;
    const struct crm_field *fields[EXPORT_FIELDS_MAX];
    struct crm_field_facts facts[EXPORT_FIELDS_MAX];
    struct crm_str paths[EXPORT_FIELDS_MAX];
    size_t field_count;
    struct crm_company company;
    struct crm_arena *a; /* of one row's JSON writer */
    struct crm_buf *out;
    int64_t rows;
    struct crm_command *command; /* where it goes: one of the two */
    struct crm_request *request;
};

static crm_status flush(struct exporting *x, struct crm_error *err) {
    if (x->crm->base->buf_status(x->out) != CRM_OK) return x->crm->base->error_no_memory(err);
    if (x->crm->base->buf_str(x->out).len == 0) return CRM_OK;
    struct crm_str bytes = x->crm->base->buf_str(x->out);
    crm_status status = x->command ? x->crm->command->write(x->command, bytes, err)
                                   : x->crm->http->stream_write(x->request, bytes, err);
    x->crm->base->buf_clear(x->out);
    return status;
}

/* ---- CSV ----------------------------------------------------------------------------------------
 */

static bool needs_guard(struct crm_str text) {
    size_t at = 0;
    while (at < text.len && text.ptr[at] == '\'')
        at++;
    return at < text.len && strchr("=+@\t\r-", text.ptr[at]);
}

static void add_quoted(struct exporting *x, struct crm_str text, bool guard) {
    const struct crm_base *base = x->crm->base;
    bool quote = text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ');
    for (size_t i = 0; !quote && i < text.len; i++)
        quote = strchr(",;\"\r\n\t", text.ptr[i]) != NULL;
    if (quote) base->buf_add(x->out, "\"", 1);
    if (guard && needs_guard(text)) base->buf_add(x->out, "'", 1);
    while (quote && text.len > 0) {
        const char *mark = memchr(text.ptr, '"', text.len);
        size_t len = mark ? (size_t)(mark - text.ptr) + 1 : text.len;
        base->buf_add(x->out, text.ptr, len);
        if (mark) base->buf_add(x->out, "\"", 1);
        text = crm_str_make(text.ptr + len, text.len - len);
    }
    if (!quote) base->buf_add(x->out, text.ptr, text.len);
    if (quote) base->buf_add(x->out, "\"", 1);
}

static void add_money(struct exporting *x, const struct crm_value *v) {
    const struct crm_base *base = x->crm->base;
    base->money_format(v->integer, base->currency_digits(v->currency), x->out);
    if (strcmp(v->currency.code, x->company.base_currency.code) == 0) return;
    base->buf_add(x->out, " ", 1);
    base->buf_add(x->out, v->currency.code, strlen(v->currency.code));
}

static void add_value(struct exporting *x, const struct crm_value *v, struct crm_str title) {
    const struct crm_base *base = x->crm->base;
    switch (v->type) {
    case CRM_VALUE_BOOL:
        base->buf_add(x->out, v->boolean ? "true" : "false", v->boolean ? 4 : 5);
        break;
    case CRM_VALUE_INT:
        base->buf_add_int64(x->out, v->integer);
        break;
    case CRM_VALUE_DECIMAL:
        base->decimal_format(v->integer, -1, x->out);
        break;
    case CRM_VALUE_MONEY:
        add_money(x, v);
        break;
    case CRM_VALUE_TEXT:
        add_quoted(x, v->text, true);
        break;
    case CRM_VALUE_DATE:
        base->date_format(v->integer, x->out);
        break;
    case CRM_VALUE_TIME:
        base->time_format(v->integer, x->out);
        break;
    case CRM_VALUE_ID:
        add_quoted(x, title, true);
        break;
    default:
        break;
    }
}

/* E-mails, tags and the like: their texts, parted by semicolons, as one cell. */
static void add_items(struct exporting *x, const struct crm_cell *cell) {
    const struct crm_base *base = x->crm->base;
    struct crm_buf *text = base->buf_new(BUFFER_BYTES_MAX);
    if (!text) return;
    for (size_t i = 0; i < cell->item_count; i++) {
        const struct crm_value *v = &cell->items[i].value;
        struct crm_str part = v->type == CRM_VALUE_TEXT ? v->text
                              : cell->item_titles       ? cell->item_titles[i]
                                                        : CRM_STR("");
        if (i > 0) base->buf_add(text, "; ", 2);
        base->buf_add(text, part.ptr, part.len);
    }
    add_quoted(x, base->buf_str(text), true);
    base->buf_free(text);
}

static void add_csv_cell(struct exporting *x, size_t i, const struct crm_cell *cell) {
    int32_t type = x->facts[i].type;
    if (type == CRM_FIELD_CHILDREN) return;
    if (type == CRM_FIELD_LABELLED || type == CRM_FIELD_LINKS || type == CRM_FIELD_CHOICES)
        add_items(x, cell);
    else
        add_value(x, &cell->value, cell->title);
}

static void add_csv_row(struct exporting *x, const struct crm_row *row) {
    x->crm->base->buf_add_int64(x->out, row->id);
    for (size_t i = 0; i < x->field_count; i++) {
        x->crm->base->buf_add(x->out, ",", 1);
        add_csv_cell(x, i, &row->cells[i]);
    }
    x->crm->base->buf_add(x->out, "\r\n", 2);
}

static void add_csv_header(struct exporting *x) {
    x->crm->base->buf_add(x->out,
                          "\xEF\xBB\xBF"
                          "id",
                          5);
    for (size_t i = 0; i < x->field_count; i++) {
        x->crm->base->buf_add(x->out, ",", 1);
        add_quoted(x, x->paths[i], false);
    }
    x->crm->base->buf_add(x->out, "\r\n", 2);
}

/* ---- JSON ---------------------------------------------------------------------------------------
 */

static crm_status add_json_row(struct exporting *x, const struct crm_row *row,
                               struct crm_error *err) {
    const struct crm_base *base = x->crm->base;
    base->arena_reset(x->a);
    if (x->rows > 0) base->buf_add(x->out, ",\n", 2);
    struct crm_json *out = base->json_new(x->a, x->out);
    if (!out) return base->error_no_memory(err);
    base->json_object_open(out);
    base->json_key(out, CRM_STR("id"));
    base->json_id(out, row->id);
    for (size_t i = 0; i < x->field_count; i++) {
        base->json_key(out, x->paths[i]);
        x->crm->query->cell_json(x->view, x->fields[i], &row->cells[i], out);
    }
    base->json_object_shut(out);
    return CRM_OK;
}

/* ---- the whole
 * ------------------------------------------------------------------------------------ */

static crm_status add_row(void *ctx, const struct crm_row *row, struct crm_error *err) {
    struct exporting *x = ctx;
    crm_status status = CRM_OK;
    if (x->is_json)
        status = add_json_row(x, row, err);
    else
        add_csv_row(x, row);
    x->rows++;
    if (status == CRM_OK && x->crm->base->buf_str(x->out).len >= FLUSH_BYTES)
        status = flush(x, err);
    return status;
}

/* What was asked for, or everything; the id comes first by itself. */
static crm_status choose_fields(struct exporting *x, struct crm_error *err) {
    size_t count = 0;
    crm_status status = x->crm->query->list_fields(x->view, &x->list, x->fields, x->paths,
                                                   EXPORT_FIELDS_MAX, &count, err);
    x->field_count = count < EXPORT_FIELDS_MAX ? count : EXPORT_FIELDS_MAX;
    for (size_t i = 0; status == CRM_OK && i < x->field_count; i++) {
        x->facts[i].size = sizeof x->facts[i];
        x->crm->schema->field_facts(x->view, x->list.entity, x->fields[i], &x->facts[i]);
    }
    return status;
}

static crm_status prepare(struct exporting *x, struct crm_str entity, struct crm_str format,
                          struct crm_error *err) {
    x->list.size = sizeof x->list;
    x->list.action = CRM_ACTION_EXPORT;
    x->list.entity = x->crm->schema->entity(x->view, entity);
    x->company.size = sizeof x->company;
    if (!x->list.entity) return x->crm->base->error_set(err, CRM_NOT_FOUND, &no_entity, &entity, 1);
    if (!x->crm->schema->entity_can(x->view, x->list.entity, CRM_ACTION_EXPORT))
        return x->crm->base->error_set(err, CRM_FORBIDDEN, &may_not, &entity, 1);
    if (format.len && !crm_str_is(format, "csv") && !crm_str_is(format, "json"))
        return x->crm->base->error_set(err, CRM_INVALID, &bad_format, &format, 1);
    x->is_json = crm_str_is(format, "json");
    crm_status status =
        x->crm->base->company(x->crm->host, x->crm->record->view_arena(x->view), &x->company, err);
    return status == CRM_OK ? choose_fields(x, err) : status;
}

static crm_status run(struct exporting *x, struct crm_error *err) {
    x->out = x->crm->base->buf_new(BUFFER_BYTES_MAX);
    x->a = x->crm->base->arena_new(1024 * 1024);
    crm_status status = x->out && x->a ? CRM_OK : x->crm->base->error_no_memory(err);
    if (status == CRM_OK) {
        if (x->is_json)
            x->crm->base->buf_add(x->out, "[\n", 2);
        else
            add_csv_header(x);
        status = x->crm->query->list_each(x->view, &x->list, add_row, x, err);
        if (status == CRM_OK && x->is_json) x->crm->base->buf_add(x->out, "\n]\n", 3);
    }
    if (status == CRM_OK) status = flush(x, err);
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
    static const char *const names[] = {"format", "where", "fields", "sort"};
    const struct crm *crm = ctx;
    struct exporting x = {.crm = crm, .view = crm->http->view(r), .request = r};
    crm_status status = crm->http->query_only(r, names, sizeof names / sizeof *names, err);
    x.list.where = crm->http->query(r, "where");
    x.list.fields = crm->http->query(r, "fields");
    x.list.sort = crm->http->query(r, "sort");
    if (status == CRM_OK)
        status = prepare(&x, crm->http->param(r, "entity"), crm->http->query(r, "format"), err);
    if (status != CRM_OK) return status;
    crm->http->answer_header(r, "Content-Disposition",
                             x.is_json ? CRM_STR("attachment; filename=\"export.json\"")
                                       : CRM_STR("attachment; filename=\"export.csv\""));
    status = crm->http->stream_open(
        r, 200, x.is_json ? "application/json" : "text/csv; charset=utf-8", err);
    return status == CRM_OK ? run(&x, err) : status;
}

static const struct crm_help_text help_texts[] = {
    {"what to export", "что выгрузить"},
    {"which records", "какие записи"},
    {"which fields, comma-separated (default: all)",
     "какие поля, через запятую (по умолчанию: все)"},
    {"order, as -amount,name", "порядок, например -amount,name"},
    {"csv (default) or json", "csv (по умолчанию) или json"},
    {"writes records to standard output", "пишет записи в стандартный вывод"}};

crm_status export_register(struct crm *crm, struct crm_error *err) {
    static const char *const formats[] = {"csv", "json", NULL};
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
         .help = "csv (default) or json",
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
                              .method = "GET",
                              .pattern = "/api/v1/export/{entity}",
                              .handle = get_export,
                              .ctx = crm,
                              .summary = "Exports a list as CSV or JSON",
                              .tag = "export"};
    return status == CRM_OK ? crm->http->route_add(crm->host, &route, err) : status;
}
