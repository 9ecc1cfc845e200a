/* Cells to fields: see import_row.h. A blank cell leaves its field alone; a null word empties it.
 */
#include "import_row.h"

#include "person_name.h"

enum { ITEMS_MAX = 64 };

static const struct crm_text unknown_value = {"unknown_value", "“{0}” names nothing in {1}.",
                                              "«{0}» не найдено: {1}."};
static const struct crm_text ambiguous_value = {"ambiguous_value",
                                                "“{0}” names several records of {1}.",
                                                "«{0}» подходит к нескольким записям: {1}."};
static const struct crm_text closed_directory = {
    "closed_directory", "“{0}” is not in the directory {1}, and imports may not add to it.",
    "«{0}» нет в справочнике {1}, и импорт не может его пополнять."};

void import_row_refuse(const struct import_run *run, struct crm_arena *a, struct import_row *row,
                       const struct crm_error *error) {
    const struct crm_base *base = run->crm->base;
    struct crm_actor_facts actor = {.size = sizeof actor};
    struct crm_buf *text = base->buf_new(4096);
    run->crm->record->actor(run->view, &actor);
    row->field = base->arena_str(a, base->error_field(error));
    row->reason = CRM_STR("?");
    if (!text) return;
    base->error_format(error, actor.language, text);
    struct crm_str copy = base->arena_str(a, base->buf_str(text));
    if (copy.ptr && copy.len) row->reason = copy;
    base->buf_free(text);
}

static void refuse_text(struct import_fill *f, struct import_row *row,
                        const struct import_column *column, const struct crm_text *text,
                        struct crm_str value, struct crm_str where) {
    struct crm_error error;
    struct crm_str args[] = {value, where};
    f->run->crm->base->error_set(&error, CRM_REFUSED, text, args, 2);
    f->run->crm->base->error_at_field(&error, f->plan->facts.name, column->facts.name);
    import_row_refuse(f->run, f->a, row, &error);
}

crm_status import_row_reference(struct import_fill *f, struct import_row *row,
                                const struct import_column *column, struct crm_str text,
                                struct crm_value *ret, bool *ret_given) {
    struct crm_str key = f->run->crm->base->fold_key(f->a, text);
    if (!key.ptr) return CRM_NO_MEMORY;
    *ret = crm_nil();
    *ret_given = true;
    if (import_is_null_word(key)) return CRM_OK;
    const struct lookup_entry *entry = lookup_find(&column->lookup, key);
    enum lookup_state state = entry ? entry->state : LOOKUP_NONE;
    if (state == LOOKUP_FOUND) {
        *ret = column->facts.type == CRM_FIELD_REF_ANY ? crm_id_of(column->ref_facts.id, entry->id)
                                                       : crm_id(entry->id);
        *ret_given = entry->id != 0; /* 0: a dry run would have made it */
    } else if (state == LOOKUP_MANY) {
        refuse_text(f, row, column, &ambiguous_value, text, column->ref_facts.name);
    } else if (column->unknown != IMPORT_UNKNOWN_EMPTY) {
        refuse_text(f, row, column, &unknown_value, text, column->ref_facts.name);
    }
    return CRM_OK;
}

static crm_status set(struct import_fill *f, struct import_row *row, const struct crm_field *field,
                      const struct crm_value *v, struct crm_error *err) {
    return f->run->crm->record->set(f->changes, row->op, field, v, err);
}

static crm_status fill_value(struct import_fill *f, struct import_row *row,
                             const struct import_column *column, struct crm_str text,
                             struct crm_error *err) {
    struct crm_value v = crm_text_value(text);
    bool plain = column->facts.type == CRM_FIELD_TEXT || column->facts.type == CRM_FIELD_LONG_TEXT;
    struct crm_str key = plain ? CRM_STR("") : f->run->crm->base->fold_key(f->a, text);
    if (!plain && key.ptr && import_is_null_word(key)) {
        v = crm_nil();
    } else if (!plain) {
        struct crm_error cell;
        crm_status status = f->run->crm->record->value_from_text(f->run->view, column->field, text,
                                                                 &column->text, &v, &cell);
        if (status == CRM_NO_MEMORY) return f->run->crm->base->error_no_memory(err);
        if (status != CRM_OK) {
            f->run->crm->base->error_at_field(&cell, f->plan->facts.name, column->facts.name);
            import_row_refuse(f->run, f->a, row, &cell);
            return CRM_OK;
        }
    }
    return set(f, row, column->field, &v, err);
}

static crm_status fill_stage(struct import_fill *f, struct import_row *row,
                             const struct import_column *column, struct crm_str text,
                             struct crm_error *err) {
    int64_t id = 0;
    int64_t pipeline = import_row_pipeline(f->run, f->a, f->plan, row);
    if (import_stage_find(f->run, f->plan, pipeline, text, &id) == LOOKUP_FOUND) {
        struct crm_value v = crm_id(id);
        return set(f, row, column->field, &v, err);
    }
    bool made = column->unknown == IMPORT_UNKNOWN_CREATE && f->run->options.dry;
    if (!made && column->unknown != IMPORT_UNKNOWN_EMPTY)
        refuse_text(f, row, column, &unknown_value, text, CRM_STR("stage"));
    return CRM_OK;
}

static crm_status fill_choice(struct import_fill *f, struct import_row *row,
                              const struct import_column *column, struct crm_str text,
                              struct crm_error *err) {
    struct crm_str code = text, key = f->run->crm->base->fold_key(f->a, text);
    if (!key.ptr) return f->run->crm->base->error_no_memory(err);
    struct crm_value v = crm_nil();
    if (!import_is_null_word(key)) {
        bool found =
            f->run->crm->record->choice_find(f->run->view, column->facts.directory, text, &code);
        bool would_be = f->run->options.dry && column->unknown == IMPORT_UNKNOWN_CREATE;
        if (!found && (would_be || column->unknown == IMPORT_UNKNOWN_EMPTY)) return CRM_OK;
        if (!found) {
            refuse_text(f, row, column, &closed_directory, text, column->facts.directory);
            return CRM_OK;
        }
        v = crm_text_value(code);
    }
    if (column->facts.type == CRM_FIELD_CHOICE) return set(f, row, column->field, &v, err);
    struct crm_item item = {.value = v};
    return f->run->crm->record->set_items(f->changes, row->op, column->field, CRM_ITEMS_REPLACE,
                                          &item, crm_is_nil(&v) ? 0 : 1, err);
}

static crm_status fill_name(struct import_fill *f, struct import_row *row, struct crm_str text,
                            bool last_first, struct crm_error *err) {
    struct person_name name;
    person_name_split(text, last_first, &name);
    const struct crm_field *fields[] = {f->plan->last_name, f->plan->first_name,
                                        f->plan->middle_name};
    struct crm_str parts[] = {name.last, name.first, name.middle};
    for (size_t i = 0; i < 3; i++) {
        if (!fields[i] || parts[i].len == 0) continue;
        struct crm_value v = crm_text_value(parts[i]);
        crm_status status = set(f, row, fields[i], &v, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

static struct crm_str text_of_field(struct import_fill *f, struct import_row *row,
                                    const struct crm_field *field) {
    for (size_t i = 0; field && i < f->plan->column_count; i++)
        if (f->plan->columns[i].field == field && f->plan->columns[i].target == IMPORT_VALUE)
            return f->run->crm->base->trim(
                import_text(f->run, f->a, f->plan, &f->plan->columns[i], row));
    return CRM_STR("");
}

/* "Ермакова Алла Мироновна" in the column of last names, with nothing beside it. */
static bool is_whole_name(struct import_fill *f, struct import_row *row,
                          const struct import_column *column, struct crm_str text) {
    return column->field == f->plan->last_name && f->plan->last_name &&
           text_of_field(f, row, f->plan->first_name).len == 0 &&
           text_of_field(f, row, f->plan->middle_name).len == 0 && person_name_is_whole(text);
}

/* A column with the whole name counts where the column of last names is blank; then parts beside it
 * do not. */
static bool uses_full_name(struct import_fill *f, struct import_row *row) {
    for (size_t i = 0; i < f->plan->column_count; i++)
        if (f->plan->columns[i].target == IMPORT_FULL_NAME)
            return import_text(f->run, f->a, f->plan, &f->plan->columns[i], row).len > 0 &&
                   text_of_field(f, row, f->plan->last_name).len == 0;
    return false;
}

static bool is_name_part(const struct import_plan *plan, const struct import_column *column) {
    return plan->last_name &&
           (column->field == plan->last_name || column->field == plan->first_name ||
            column->field == plan->middle_name);
}

static crm_status fill_cell(struct import_fill *f, struct import_row *row,
                            const struct import_column *column, struct crm_error *err) {
    struct crm_str text = import_text(f->run, f->a, f->plan, column, row);
    if (text.len == 0 || column->to_itself) return CRM_OK;
    switch (column->target) {
    case IMPORT_VALUE:
        if (is_name_part(f->plan, column) && uses_full_name(f, row)) return CRM_OK;
        if (is_whole_name(f, row, column, text)) return fill_name(f, row, text, true, err);
        return fill_value(f, row, column, text, err);
    case IMPORT_CHOICE:
        return fill_choice(f, row, column, text, err);
    case IMPORT_FULL_NAME:
        return uses_full_name(f, row) ? fill_name(f, row, text, false, err) : CRM_OK;
    case IMPORT_REFERENCE: {
        if (column->field == f->plan->stage) return fill_stage(f, row, column, text, err);
        struct crm_value v;
        bool given;
        crm_status status = import_row_reference(f, row, column, text, &v, &given);
        return status == CRM_OK && given && row->reason.len == 0
                   ? set(f, row, column->field, &v, err)
                   : status;
    }
    case IMPORT_ITEMS:
    case IMPORT_LINKS:
    case IMPORT_ID:
        return CRM_OK;
    }
    return CRM_OK;
}

/* ---- lists: all columns of one field together ---------------------------------------------- */

static bool has_item(const struct crm_item *items, size_t count, const struct crm_value *v) {
    for (size_t i = 0; i < count; i++)
        if (v->type == CRM_VALUE_TEXT ? crm_str_eq(items[i].value.text, v->text)
                                      : items[i].value.integer == v->integer)
            return true;
    return false;
}

static crm_status add_parts(struct import_fill *f, struct import_row *row,
                            const struct import_column *column, struct crm_item *items,
                            size_t *count) {
    struct crm_str part, rest = import_text(f->run, f->a, f->plan, column, row);
    while (*count < ITEMS_MAX && import_next_part(f->run, column, &rest, &part)) {
        struct crm_value v = crm_text_value(part);
        bool given = true;
        if (column->target == IMPORT_LINKS) {
            crm_status status = import_row_reference(f, row, column, part, &v, &given);
            if (status != CRM_OK) return status;
            if (crm_is_nil(&v)) continue;
        }
        if (!given || has_item(items, *count, &v)) continue;
        items[*count] = (struct crm_item){.value = v,
                                          .label = column->label,
                                          .primary = *count == 0 && column->target == IMPORT_ITEMS};
        (*count)++;
    }
    return CRM_OK;
}

static crm_status fill_lists(struct import_fill *f, struct import_row *row, struct crm_error *err) {
    for (size_t i = 0; i < f->plan->column_count; i++) {
        const struct import_column *column = &f->plan->columns[i];
        struct crm_item items[ITEMS_MAX];
        size_t count = 0;
        bool first = column->target == IMPORT_ITEMS || column->target == IMPORT_LINKS;
        for (size_t j = 0; first && j < i; j++)
            first = f->plan->columns[j].field != column->field;
        if (!first) continue;
        for (size_t j = i; j < f->plan->column_count; j++) {
            if (f->plan->columns[j].field != column->field) continue;
            crm_status status = add_parts(f, row, &f->plan->columns[j], items, &count);
            if (status != CRM_OK) return f->run->crm->base->error_no_memory(err);
        }
        if (count == 0) continue;
        int32_t mode = row->is_new ? CRM_ITEMS_REPLACE : CRM_ITEMS_ADD;
        crm_status status = f->run->crm->record->set_items(f->changes, row->op, column->field, mode,
                                                           items, count, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- what a new record needs and the file may lack ------------------------------------------- */

static bool has_name(struct import_fill *f, struct import_row *row) {
    for (size_t i = 0; i < f->plan->column_count; i++) {
        const struct import_column *column = &f->plan->columns[i];
        bool names = column->field == f->plan->last_name &&
                     (column->target == IMPORT_VALUE || column->target == IMPORT_FULL_NAME);
        if (names &&
            f->run->crm->base->trim(import_text(f->run, f->a, f->plan, column, row)).len > 0)
            return true;
    }
    return false;
}

/* A person known only by a first name, an e-mail, a phone or an organization goes by that. */
static crm_status name_nameless(struct import_fill *f, struct import_row *row,
                                struct crm_error *err) {
    static const char *const stand_ins[] = {"emails", "phones", "organization_name",
                                            "organization"};
    if (!f->plan->last_name || has_name(f, row)) return CRM_OK;
    struct crm_str text = text_of_field(f, row, f->plan->first_name);
    for (size_t n = 0; text.len == 0 && n < sizeof stand_ins / sizeof *stand_ins; n++)
        for (size_t i = 0; text.len == 0 && i < f->plan->column_count; i++)
            if (crm_str_is(f->plan->columns[i].facts.name, stand_ins[n]))
                text = f->run->crm->base->trim(
                    import_text(f->run, f->a, f->plan, &f->plan->columns[i], row));
    struct crm_value v = crm_text_value(text);
    return text.len ? set(f, row, f->plan->last_name, &v, err) : CRM_OK;
}

static bool login_is_free(struct import_fill *f, struct crm_str login) {
    int64_t id;
    return !lookup_find(f->logins, login) &&
           f->run->crm->record->resident_find(f->run->view, f->plan->entity, f->plan->login, login,
                                              &id) == 0;
}

/* New people sign in by a login made of their name; a taken one gets a number. */
static crm_status give_login(struct import_fill *f, struct import_row *row, struct crm_error *err) {
    if (!f->plan->login || !crm_str_is(f->plan->facts.name, "user") ||
        text_of_field(f, row, f->plan->login).len > 0)
        return CRM_OK;
    struct crm_str login =
        import_login(f->run->crm->base, f->a, text_of_field(f, row, f->plan->name));
    if (!login.ptr) return f->run->crm->base->error_no_memory(err);
    size_t stem = login.len;
    for (int n = 2; !login_is_free(f, login) && n < 100; n++) {
        char *end = (char *)(uintptr_t)login.ptr + stem; /* import_login leaves room */
        login.len = stem;
        if (n >= 10) {
            *end++ = (char)('0' + n / 10);
            login.len++;
        }
        *end = (char)('0' + n % 10);
        login.len++;
    }
    if (!lookup_enter(f->logins, login, login)) return f->run->crm->base->error_no_memory(err);
    struct crm_value v = crm_text_value(login);
    return set(f, row, f->plan->login, &v, err);
}

crm_status import_row_fill(struct import_fill *f, struct import_row *row, struct crm_error *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && row->reason.len == 0 && i < f->plan->column_count; i++)
        status = fill_cell(f, row, &f->plan->columns[i], err);
    if (status == CRM_OK && row->reason.len == 0) status = fill_lists(f, row, err);
    if (status != CRM_OK || row->reason.len > 0 || !row->is_new) return status;
    status = name_nameless(f, row, err);
    return status == CRM_OK ? give_login(f, row, err) : status;
}
