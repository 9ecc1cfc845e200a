/* Making an import's plan: see import_plan.h. */
#include "import_plan.h"

#include "date_guess.h"
#include "headings.h"
#include "import_memory.h"
#include "pairs.h"

static const struct crm_text no_entity = {"unknown_entity",
                                          "There is no entity “{0}” that you may import into.",
                                          "Нет сущности «{0}», в которую вы можете импортировать."};
static const struct crm_text no_column = {"unknown_column",
                                          "The file has no column “{0}”. Its columns: {1}.",
                                          "В файле нет столбца «{0}». Его столбцы: {1}."};
static const struct crm_text no_field = {"unknown_field",
                                         "There is no field “{0}” in {1} that an import can fill.",
                                         "В {1} нет поля «{0}», которое можно заполнить импортом."};
static const struct crm_text no_mapping = {
    "no_mapping",
    "No column of the file could be matched with a field. Name them: --map \"column=field,...\". "
    "Its columns: {0}.",
    "Ни один столбец файла не удалось сопоставить с полем. Назовите их: --map "
    "\"столбец=поле,...\". Его столбцы: {0}."};
static const struct crm_text no_key = {"key_not_mapped", "The key “{0}” is filled by no column.",
                                       "Ключ «{0}» не заполняется ни одним столбцом."};
static const struct crm_text bad_number = {"bad_scale", "“{0}” is not a number to multiply with.",
                                           "«{0}» — не число, на которое можно умножать."};
static const struct crm_text bad_order = {
    "bad_date_order", "“{0}” is no order of day, month and year: use dmy, mdy or ymd.",
    "«{0}» — не порядок дня, месяца и года: dmy, mdy или ymd."};

struct planning {
    const struct import_run *run;
    const struct crm *crm;
    struct crm_arena *a;
    const struct csv_row *rows;
    size_t row_count;
    struct import_plan *plan;
    struct crm_error *err;
};

static struct crm_str column_list(struct planning *p) {
    struct crm_buf *out = p->crm->base->buf_new(4096);
    if (!out) return CRM_STR("");
    for (size_t i = 0; i < p->plan->header_count; i++) {
        if (i > 0) p->crm->base->buf_add(out, ", ", 2);
        p->crm->base->buf_add(out, p->plan->headers[i].ptr, p->plan->headers[i].len);
    }
    struct crm_str list = p->crm->base->arena_str(p->a, p->crm->base->buf_str(out));
    p->crm->base->buf_free(out);
    return list.ptr ? list : CRM_STR("");
}

static bool find_header(struct planning *p, struct crm_str name, size_t *ret) {
    struct crm_str key = p->crm->base->fold_key(p->a, name);
    for (size_t i = 0; key.ptr && i < p->plan->header_count; i++) {
        struct crm_str header = p->crm->base->fold_key(p->a, p->plan->headers[i]);
        if (!header.ptr || !crm_str_eq(header, key)) continue;
        *ret = i;
        return true;
    }
    return false;
}

static bool split_dot(struct crm_str path, struct crm_str *ret_head, struct crm_str *ret_rest) {
    const char *dot = path.len ? memchr(path.ptr, '.', path.len) : NULL;
    *ret_head = dot ? crm_str_make(path.ptr, (size_t)(dot - path.ptr)) : path;
    *ret_rest = dot ? crm_str_make(dot + 1, path.len - ret_head->len - 1) : CRM_STR("");
    return dot != NULL;
}

/* What is found by default when a text names nothing: made, for values of directories, pipelines,
 * stages, tags, and people's teams and managers while people are imported; refused otherwise. */
static enum import_unknown resolve_unknown(const struct planning *p,
                                           const struct import_column *column) {
    if (p->run->options.unknown != IMPORT_UNKNOWN_DEFAULT) return p->run->options.unknown;
    if (column->target == IMPORT_CHOICE) return IMPORT_UNKNOWN_CREATE;
    static const char *const made[] = {"pipeline", "stage", "tag"};
    for (size_t i = 0; column->ref && i < sizeof made / sizeof *made; i++)
        if (crm_str_is(column->ref_facts.name, made[i])) return IMPORT_UNKNOWN_CREATE;
    bool people =
        crm_str_is(p->plan->facts.name, "user") && column->ref &&
        (crm_str_is(column->ref_facts.name, "user") || crm_str_is(column->ref_facts.name, "team"));
    return people ? IMPORT_UNKNOWN_CREATE : IMPORT_UNKNOWN_REJECT;
}

/* Open directories take values from whoever may import; other records need the right to make them.
 */
static bool may_make(const struct planning *p, const struct import_column *column) {
    if (column->target == IMPORT_CHOICE) return (column->facts.flags & CRM_FIELD_OPEN) != 0;
    return !column->ref || p->crm->schema->entity_can(p->run->view, column->ref, CRM_ACTION_CREATE);
}

static bool resolve_reference(struct planning *p, struct import_column *column, struct crm_str by) {
    column->ref = column->facts.ref;
    if (column->facts.type ==
        CRM_FIELD_REF_ANY) { /* about.contact.emails: the entity stands in the path */
        struct crm_str entity;
        split_dot(by, &entity, &by);
        column->ref = p->crm->schema->entity(p->run->view, entity);
    }
    if (!column->ref) return false;
    column->ref_facts.size = sizeof column->ref_facts;
    p->crm->schema->entity_facts(p->run->view, column->ref, &column->ref_facts);
    if (by.len == 0) return true;
    column->ref_by = p->crm->schema->field(p->run->view, column->ref, by);
    column->text.ref_by = by;
    return column->ref_by != NULL;
}

/* Fills target, field and reference of a column from the text of a map; false: no such field. */
static bool resolve_field(struct planning *p, struct import_column *column, struct crm_str path) {
    struct crm_str name, rest;
    column->path = path;
    if (crm_str_is(path, "full_name") && p->plan->last_name) {
        column->target = IMPORT_FULL_NAME;
        column->field = p->plan->last_name;
    } else if (crm_str_is(path, "id")) {
        column->target = IMPORT_ID;
        return true;
    } else {
        split_dot(path, &name, &rest);
        column->field = p->crm->schema->field(p->run->view, p->plan->entity, name);
    }
    if (!column->field) return false;
    column->facts.size = sizeof column->facts;
    p->crm->schema->field_facts(p->run->view, p->plan->entity, column->field, &column->facts);
    if (column->target == IMPORT_FULL_NAME) return true;
    if (!(column->facts.flags & CRM_FIELD_WRITABLE)) return false;
    switch (column->facts.type) {
    case CRM_FIELD_REF:
    case CRM_FIELD_REF_ANY:
        column->target = IMPORT_REFERENCE;
        return resolve_reference(p, column, rest);
    case CRM_FIELD_LINKS:
        column->target = IMPORT_LINKS;
        return resolve_reference(p, column, rest);
    case CRM_FIELD_LABELLED:
        column->target = IMPORT_ITEMS;
        column->label = rest;
        return true;
    case CRM_FIELD_CHOICE:
    case CRM_FIELD_CHOICES:
        column->target = IMPORT_CHOICE;
        return rest.len == 0;
    case CRM_FIELD_FORMULA:
    case CRM_FIELD_ROLLUP:
    case CRM_FIELD_CHILDREN:
    case CRM_FIELD_FILE:
    case CRM_FIELD_SERIES:
        return false;
    default:
        column->target = IMPORT_VALUE;
        return rest.len == 0;
    }
}

static bool is_taken(const struct import_plan *plan, const struct import_column *column) {
    if (column->target == IMPORT_ITEMS || column->target == IMPORT_LINKS) return false;
    for (size_t i = 0; i < plan->column_count; i++)
        if (plan->columns[i].field == column->field && plan->columns[i].target == column->target)
            return true;
    return false;
}

static struct import_column *add_column(struct planning *p, const struct import_column *made,
                                        size_t position) {
    struct import_column *column = &p->plan->columns[p->plan->column_count++];
    *column = *made;
    column->position = position;
    column->header = p->plan->headers[position];
    if (!column->path.len) column->path = column->facts.name;
    column->unknown = resolve_unknown(p, column);
    if (column->unknown == IMPORT_UNKNOWN_CREATE && !may_make(p, column))
        column->unknown = IMPORT_UNKNOWN_REJECT;
    column->to_itself = column->target == IMPORT_REFERENCE && column->ref == p->plan->entity;
    column->text.size = sizeof column->text;
    column->text.null_words =
        column->target != IMPORT_VALUE ||
        (column->facts.type != CRM_FIELD_TEXT && column->facts.type != CRM_FIELD_LONG_TEXT);
    return column;
}

static crm_status map_given(struct planning *p) {
    struct pair *pairs;
    size_t count;
    crm_status status =
        pairs_parse(p->crm->base, p->a, p->run->options.map, PAIRS_MAP, &pairs, &count, p->err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        size_t position;
        struct import_column column = {0};
        if (!find_header(p, pairs[i].from, &position)) {
            struct crm_str args[] = {pairs[i].from, column_list(p)};
            return p->crm->base->error_set(p->err, CRM_INVALID, &no_column, args, 2);
        }
        if (!resolve_field(p, &column, pairs[i].to)) {
            struct crm_str args[] = {pairs[i].to, p->plan->facts.name};
            return p->crm->base->error_set(p->err, CRM_INVALID, &no_field, args, 2);
        }
        add_column(p, &column, position);
    }
    return status;
}

/* What was confirmed before, as far as this person and these definitions have it; false when that
 * is nothing, or leaves the key without its column. */
static bool map_remembered(struct planning *p, struct crm_str map) {
    struct pair *pairs;
    struct crm_error ignored;
    size_t count = 0;
    bool has_key = p->run->options.key.len == 0;
    if (map.len == 0 ||
        pairs_parse(p->crm->base, p->a, map, PAIRS_MAP, &pairs, &count, &ignored) != CRM_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t position;
        struct import_column column = {0};
        if (!find_header(p, pairs[i].from, &position) || !resolve_field(p, &column, pairs[i].to))
            continue;
        has_key = has_key || (column.target != IMPORT_ID &&
                              crm_str_eq(column.facts.name, p->run->options.key));
        add_column(p, &column, position);
    }
    if (has_key && p->plan->column_count > 0) return true;
    p->plan->column_count = 0;
    return false;
}

/* A field of the entity whose name or label in either language is the header itself. */
static bool match_field(struct planning *p, struct crm_str header, struct import_column *column) {
    for (size_t i = 0; i < p->plan->facts.field_count; i++) {
        const struct crm_field *f = p->crm->schema->field_at(p->run->view, p->plan->entity, i);
        struct crm_field_facts facts = {.size = sizeof facts};
        if (!f) continue;
        p->crm->schema->field_facts(p->run->view, p->plan->entity, f, &facts);
        struct crm_str names[] = {facts.name,
                                  p->crm->schema->field_label(p->run->view, f, CRM_LANGUAGE_EN),
                                  p->crm->schema->field_label(p->run->view, f, CRM_LANGUAGE_RU)};
        for (size_t n = 0; n < 3; n++) {
            struct crm_str key = heading_normalise(p->crm->base, p->a, names[n]);
            if (!key.ptr || !crm_str_eq(key, header)) continue;
            struct import_column tried = {0};
            if (!resolve_field(p, &tried, facts.name) || is_taken(p->plan, &tried)) continue;
            *column = tried;
            return true;
        }
    }
    return false;
}

static void give_label(struct planning *p, struct import_column *column, const char *label) {
    struct crm_buf *path = p->crm->base->buf_new(256);
    column->label = crm_str_from(label);
    if (!path) return;
    p->crm->base->buf_add(path, column->facts.name.ptr, column->facts.name.len);
    p->crm->base->buf_add(path, ".", 1);
    p->crm->base->buf_add(path, label, strlen(label));
    column->path = p->crm->base->arena_str(p->a, p->crm->base->buf_str(path));
    p->crm->base->buf_free(path);
}

static bool match_words(struct planning *p, struct crm_str header, struct import_column *column) {
    struct heading meaning;
    for (size_t position = 0; heading_meaning(header, p->plan->facts.name, position, &meaning);
         position++) {
        struct import_column tried = {0};
        if (!resolve_field(p, &tried, crm_str_from(meaning.field)) || is_taken(p->plan, &tried))
            continue;
        if ((tried.facts.flags & CRM_FIELD_UNIQUE) &&
            !crm_str_eq(tried.facts.name, p->run->options.key))
            continue; /* others' numbers repeat */
        if (meaning.label) give_label(p, &tried, meaning.label);
        *column = tried;
        return true;
    }
    return false;
}

/* A guess holds only when most of the sample can be read that way: "1.2 Cr" is no amount. */
static bool fits_sample(struct planning *p, const struct import_column *column, size_t position) {
    size_t good = 0, bad = 0;
    bool plain = column->facts.type == CRM_FIELD_TEXT || column->facts.type == CRM_FIELD_LONG_TEXT;
    if (column->target != IMPORT_VALUE || plain) return true;
    struct crm_text_options any = {
        .size = sizeof any, .null_words = true, .date_order = CRM_STR("dmy")};
    struct crm_text_options other = {
        .size = sizeof other, .null_words = true, .date_order = CRM_STR("mdy")};
    for (size_t i = 0; i < p->row_count; i++) {
        struct crm_value v;
        struct crm_error error;
        if (position >= p->rows[i].count) continue;
        struct crm_str text = p->crm->base->trim(
            crm_str_make(p->rows[i].cells[position].ptr, p->rows[i].cells[position].len));
        if (text.len == 0) continue;
        bool reads = p->crm->record->value_from_text(p->run->view, column->field, text, &any, &v,
                                                     &error) == CRM_OK ||
                     p->crm->record->value_from_text(p->run->view, column->field, text, &other, &v,
                                                     &error) == CRM_OK;
        if (reads)
            good++;
        else
            bad++;
    }
    return good >= bad;
}

/* A first name without any last name is the whole name. */
static void promote_first_name(struct import_plan *plan) {
    struct import_column *first = NULL;
    for (size_t i = 0; i < plan->column_count; i++) {
        if (plan->columns[i].field == plan->last_name && plan->last_name) return;
        if (plan->columns[i].field == plan->first_name && plan->first_name)
            first = &plan->columns[i];
    }
    if (!first) return;
    first->target = IMPORT_FULL_NAME;
    first->field = plan->last_name;
    first->path = CRM_STR("full_name");
}

static crm_status map_guessed(struct planning *p) {
    for (size_t i = 0; i < p->plan->header_count; i++) {
        struct import_column column = {0};
        struct crm_str header = heading_normalise(p->crm->base, p->a, p->plan->headers[i]);
        if (!header.ptr) return p->crm->base->error_no_memory(p->err);
        if (header.len == 0) continue;
        if (p->plan->own_export
                ? resolve_field(p, &column, p->plan->headers[i])
                : (match_words(p, header, &column) || match_field(p, header, &column)) &&
                      fits_sample(p, &column, i))
            add_column(p, &column, i);
    }
    if (!p->plan->own_export) promote_first_name(p->plan);
    if (p->plan->column_count > 0 || p->run->options.preview) return CRM_OK;
    struct crm_str list = column_list(p);
    return p->crm->base->error_set(p->err, CRM_INVALID, &no_mapping, &list, 1);
}

static crm_status choose_map(struct planning *p) {
    struct crm_str map = CRM_STR("");
    if (p->run->options.map.len) return map_given(p);
    crm_status status =
        p->plan->own_export ? CRM_OK : import_memory_recall(p->run, p->a, p->plan, &map, p->err);
    if (status != CRM_OK) return status;
    p->plan->map_from = map_remembered(p, map) ? IMPORT_MAP_REMEMBERED : IMPORT_MAP_GUESSED;
    return p->plan->map_from == IMPORT_MAP_REMEMBERED ? CRM_OK : map_guessed(p);
}

static struct import_column *column_of(struct planning *p, struct crm_str header) {
    size_t position;
    if (!find_header(p, header, &position)) return NULL;
    for (size_t i = 0; i < p->plan->column_count; i++)
        if (p->plan->columns[i].position == position) return &p->plan->columns[i];
    return NULL;
}

static crm_status unknown_column(struct planning *p, struct crm_str name) {
    struct crm_str args[] = {name, column_list(p)};
    return p->crm->base->error_set(p->err, CRM_INVALID, &no_column, args, 2);
}

static crm_status read_values(struct planning *p) {
    struct pair *pairs;
    size_t count;
    crm_status status = pairs_parse(p->crm->base, p->a, p->run->options.values, PAIRS_VALUES,
                                    &pairs, &count, p->err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct import_column *column = column_of(p, pairs[i].column);
        if (!column) return unknown_column(p, pairs[i].column);
        if (!column->values)
            column->values = p->crm->base->arena_array(p->a, count, sizeof *column->values);
        struct crm_str key = p->crm->base->fold_key(p->a, pairs[i].from);
        if (!column->values || !key.ptr) return p->crm->base->error_no_memory(p->err);
        column->values[column->value_count++] = (struct import_value_pair){key, pairs[i].to};
    }
    return status;
}

static crm_status read_scales(struct planning *p) {
    struct pair *pairs;
    size_t count;
    crm_status status = pairs_parse(p->crm->base, p->a, p->run->options.scale, PAIRS_COLUMN, &pairs,
                                    &count, p->err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct import_column *column = column_of(p, pairs[i].column);
        if (!column) return unknown_column(p, pairs[i].column);
        if (!p->crm->base->decimal_parse(pairs[i].to, &column->text.scale_micro) ||
            column->text.scale_micro <= 0)
            return p->crm->base->error_set(p->err, CRM_INVALID, &bad_number, &pairs[i].to, 1);
    }
    return status;
}

static bool is_temporal(const struct import_column *column) {
    return column->target == IMPORT_VALUE &&
           (column->facts.type == CRM_FIELD_DATE || column->facts.type == CRM_FIELD_TIME);
}

static void guess_orders(struct planning *p) {
    for (size_t i = 0; i < p->plan->column_count; i++) {
        struct import_column *column = &p->plan->columns[i];
        struct date_guess guess = {0};
        if (!is_temporal(column)) continue;
        for (size_t row = 0; row < p->row_count; row++)
            if (column->position < p->rows[row].count) {
                const struct csv_cell *cell = &p->rows[row].cells[column->position];
                date_guess_add(&guess, p->crm->base->trim(crm_str_make(cell->ptr, cell->len)));
            }
        column->text.date_order = date_guess_order(&guess);
    }
}

static crm_status read_orders(struct planning *p) {
    struct pair *pairs;
    size_t count;
    crm_status status = pairs_parse(p->crm->base, p->a, p->run->options.date_order, PAIRS_COLUMN,
                                    &pairs, &count, p->err);
    guess_orders(p);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        struct crm_str order = pairs[i].to;
        if (!crm_str_is(order, "dmy") && !crm_str_is(order, "mdy") && !crm_str_is(order, "ymd"))
            return p->crm->base->error_set(p->err, CRM_INVALID, &bad_order, &order, 1);
        struct import_column *only = pairs[i].column.len ? column_of(p, pairs[i].column) : NULL;
        if (pairs[i].column.len && !only) return unknown_column(p, pairs[i].column);
        for (size_t c = 0; c < p->plan->column_count; c++)
            if (!only || only == &p->plan->columns[c]) p->plan->columns[c].text.date_order = order;
    }
    return status;
}

static crm_status find_key(struct planning *p) {
    struct crm_str key = p->run->options.key;
    p->plan->key = SIZE_MAX;
    for (size_t i = 0; i < p->plan->column_count && key.len; i++)
        if (p->plan->columns[i].target != IMPORT_ID &&
            crm_str_eq(p->plan->columns[i].facts.name, key))
            p->plan->key = i;
    if (key.len == 0 || p->plan->key != SIZE_MAX || p->run->options.preview) return CRM_OK;
    return p->crm->base->error_set(p->err, CRM_INVALID, &no_key, &key, 1);
}

static crm_status read_header(struct planning *p, const struct csv_row *header) {
    p->plan->headers = p->crm->base->arena_array(p->a, header->count + 1, sizeof *p->plan->headers);
    p->plan->columns =
        p->crm->base->arena_array(p->a, header->count + PAIRS_MAX, sizeof *p->plan->columns);
    if (!p->plan->headers || !p->plan->columns) return p->crm->base->error_no_memory(p->err);
    p->plan->header_count = header->count;
    bool own = header->count > 0;
    for (size_t i = 0; i < header->count; i++) {
        struct crm_str cell =
            p->crm->base->trim(crm_str_make(header->cells[i].ptr, header->cells[i].len));
        p->plan->headers[i] = p->crm->base->arena_str(p->a, cell);
        if (!p->plan->headers[i].ptr) return p->crm->base->error_no_memory(p->err);
        struct crm_str name, rest;
        split_dot(p->plan->headers[i], &name, &rest);
        own = own && (i == 0 ? crm_str_is(cell, "id")
                             : p->crm->schema->field(p->run->view, p->plan->entity, name) != NULL);
    }
    p->plan->own_export = own;
    return CRM_OK;
}

static void find_known_fields(struct planning *p) {
    struct import_plan *plan = p->plan;
    const struct {
        const struct crm_field **into;
        const char *name;
    } known[] = {{&plan->last_name, "last_name"},
                 {&plan->first_name, "first_name"},
                 {&plan->middle_name, "middle_name"},
                 {&plan->login, "login"},
                 {&plan->name, "name"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        *known[i].into =
            p->crm->schema->field(p->run->view, plan->entity, crm_str_from(known[i].name));
    plan->pipeline = plan->facts.pipeline;
    plan->stage = plan->facts.stage;
}

static crm_status give_currency(struct planning *p) {
    struct crm_currency currency = {""};
    if (p->run->options.currency.len &&
        !p->crm->base->currency_parse(p->run->options.currency, &currency)) {
        static const struct crm_text unknown = {
            "unknown_currency", "“{0}” is no currency (ISO 4217: USD, EUR, RUB ...).",
            "«{0}» — не валюта (ISO 4217: USD, EUR, RUB …)."};
        return p->crm->base->error_set(p->err, CRM_INVALID, &unknown, &p->run->options.currency, 1);
    }
    for (size_t i = 0; i < p->plan->column_count; i++)
        p->plan->columns[i].text.currency = currency;
    return CRM_OK;
}

crm_status import_plan_make(const struct import_run *run, struct crm_arena *a,
                            const struct csv_row *header, const struct csv_row *rows,
                            size_t row_count, struct import_plan *ret, struct crm_error *err) {
    memset(ret, 0, sizeof *ret);
    struct planning p = {.run = run,
                         .crm = run->crm,
                         .a = a,
                         .rows = rows,
                         .row_count = row_count,
                         .plan = ret,
                         .err = err};
    ret->entity = run->crm->schema->entity(run->view, run->options.entity);
    if (!ret->entity)
        return run->crm->base->error_set(err, CRM_NOT_FOUND, &no_entity, &run->options.entity, 1);
    ret->facts.size = sizeof ret->facts;
    run->crm->schema->entity_facts(run->view, ret->entity, &ret->facts);
    find_known_fields(&p);
    crm_status status = read_header(&p, header);
    if (status == CRM_OK) status = choose_map(&p);
    if (status == CRM_OK) status = read_values(&p);
    if (status == CRM_OK) status = read_scales(&p);
    if (status == CRM_OK) status = read_orders(&p);
    if (status == CRM_OK) status = give_currency(&p);
    if (status == CRM_OK) status = find_key(&p);
    return status;
}

void import_plan_fini(struct import_plan *plan) {
    for (size_t i = 0; i < plan->column_count; i++)
        lookup_fini(&plan->columns[i].lookup);
}
