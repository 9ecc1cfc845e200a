/* Finding and making what the cells of an import refer to: see import_reference.h. */
#include "import_reference.h"

#include "import_make.h"

static const char *const null_words[] = {
    "",   "n/a", "na",   "null",       "nil",        "none",       "-",
    "--", "—",   "#n/a", "нет данных", "не указано", "не закрыта", "не закрыт"};

bool import_is_null_word(struct crm_str folded) {
    for (size_t i = 0; i < sizeof null_words / sizeof *null_words; i++)
        if (crm_str_is(folded, null_words[i])) return true;
    return false;
}

static bool is_plain_text(const struct import_column *column) {
    return column->target == IMPORT_VALUE &&
           (column->facts.type == CRM_FIELD_TEXT || column->facts.type == CRM_FIELD_LONG_TEXT);
}

/* '=1 of a Perigee export is =1: exactly one apostrophe before `'*[=+@\t\r\n-]` is taken off. */
static struct crm_str without_guard(struct crm_str text) {
    size_t at = 0;
    while (at < text.len && text.ptr[at] == '\'')
        at++;
    bool guarded = at > 0 && at < text.len && strchr("=+@\t\r\n-", text.ptr[at]);
    return guarded ? crm_str_make(text.ptr + 1, text.len - 1) : text;
}

struct crm_str import_text(const struct import_run *run, struct crm_arena *a,
                           const struct import_plan *plan, const struct import_column *column,
                           const struct import_row *row) {
    const struct crm_base *base = run->crm->base;
    if (column->position >= row->cell_count) return CRM_STR("");
    struct crm_str text =
        crm_str_make(row->cells[column->position].ptr, row->cells[column->position].len);
    if (plan->guarded) text = without_guard(text);
    if (column->value_count > 0) {
        struct crm_str key = base->fold_key(a, text);
        for (size_t i = 0; key.ptr && i < column->value_count; i++)
            if (crm_str_eq(column->values[i].from_key, key)) return column->values[i].to;
    }
    return is_plain_text(column) ? text : base->trim(text);
}

bool import_next_part(const struct import_run *run, const struct import_column *column,
                      struct crm_str *rest, struct crm_str *ret) {
    const char *marks =
        column->facts.labelled == CRM_LABELLED_ADDRESS && column->target == IMPORT_ITEMS ? "\n"
                                                                                         : ";\n";
    const char *email_marks =
        column->facts.labelled == CRM_LABELLED_EMAIL || column->target == IMPORT_LINKS ? ",;\n"
                                                                                       : marks;
    while (rest->len > 0) {
        size_t at = 0;
        while (at < rest->len && !strchr(email_marks, rest->ptr[at]))
            at++;
        *ret = run->crm->base->trim(crm_str_make(rest->ptr, at));
        size_t used = at < rest->len ? at + 1 : at;
        *rest = crm_str_make(rest->ptr + used, rest->len - used);
        if (ret->len > 0) return true;
    }
    return false;
}

/* ---- finding ------------------------------------------------------------------------------ */

struct gathering {
    const struct import_run *run;
    struct crm_arena *a;
    struct lookup_entry **entries; /* of state NEW, after all texts were entered */
    size_t count;
};

static void gather(void *ctx, struct lookup_entry *e) {
    struct gathering *g = ctx;
    g->entries[g->count++] = e;
}

static crm_status gather_new(const struct import_run *run, struct crm_arena *a,
                             struct import_column *column, struct gathering *ret,
                             struct crm_error *err) {
    *ret = (struct gathering){.run = run, .a = a};
    ret->entries = run->crm->base->arena_array(a, column->lookup.count + 1, sizeof *ret->entries);
    if (!ret->entries) return run->crm->base->error_no_memory(err);
    lookup_each(&column->lookup, LOOKUP_NEW, gather, ret);
    return CRM_OK;
}

static enum lookup_state state_of(uint8_t found) {
    return found == 0 ? LOOKUP_NONE : found == 1 ? LOOKUP_FOUND : LOOKUP_MANY;
}

/* Asks for all entries at once by one field; entries that an earlier field found are left. */
static crm_status find_by(struct gathering *g, const struct crm_entity *e,
                          const struct crm_field *f, struct crm_error *err) {
    const struct crm_base *base = g->run->crm->base;
    struct crm_value *values = base->arena_array(g->a, g->count + 1, sizeof *values);
    struct lookup_entry **asked = base->arena_array(g->a, g->count + 1, sizeof *asked);
    int64_t *ids = base->arena_array(g->a, g->count + 1, sizeof *ids);
    uint8_t *counts = base->arena_array(g->a, g->count + 1, sizeof *counts);
    size_t count = 0;
    if (!values || !asked || !ids || !counts) return base->error_no_memory(err);
    for (size_t i = 0; i < g->count; i++) {
        if (g->entries[i]->state != LOOKUP_NEW && g->entries[i]->state != LOOKUP_NONE) continue;
        values[count] = crm_text_value(g->entries[i]->text);
        asked[count++] = g->entries[i];
    }
    crm_status status =
        count ? g->run->crm->record->find(g->run->view, e, f, values, count, ids, counts, err)
              : CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        asked[i]->state = state_of(counts[i]);
        asked[i]->id = ids[i];
    }
    return status;
}

/* Users, stages and the like answer from memory, by everything that names them. */
static crm_status find_resident(struct gathering *g, const struct import_column *column,
                                struct crm_error *err) {
    for (size_t i = 0; i < g->count; i++) {
        struct crm_value v;
        crm_status status = g->run->crm->record->value_from_text(
            g->run->view, column->field, g->entries[i]->text, &column->text, &v, err);
        g->entries[i]->id = status == CRM_OK ? v.integer : 0;
        if (status == CRM_OK)
            g->entries[i]->state = crm_is_nil(&v) ? LOOKUP_NONE : LOOKUP_FOUND;
        else if (status == CRM_CONFLICT)
            g->entries[i]->state = LOOKUP_MANY;
        else if (status == CRM_NOT_FOUND || status == CRM_INVALID || status == CRM_REFUSED)
            g->entries[i]->state = LOOKUP_NONE;
        else
            return status;
    }
    return CRM_OK;
}

static crm_status find_choices(struct gathering *g, const struct import_column *column) {
    for (size_t i = 0; i < g->count; i++) {
        struct crm_str code;
        bool found = g->run->crm->record->choice_find(g->run->view, column->facts.directory,
                                                      g->entries[i]->text, &code);
        g->entries[i]->state = found ? LOOKUP_FOUND : LOOKUP_NONE;
    }
    return CRM_OK;
}

static crm_status find_new(const struct import_run *run, struct crm_arena *a,
                           struct import_column *column, struct crm_error *err) {
    struct gathering g;
    crm_status status = gather_new(run, a, column, &g, err);
    if (status != CRM_OK || g.count == 0) return status;
    if (column->target == IMPORT_CHOICE) return find_choices(&g, column);
    bool resident = column->ref_facts.flags & CRM_ENTITY_RESIDENT;
    if (resident && column->target == IMPORT_REFERENCE) return find_resident(&g, column, err);
    if (column->ref_by) return find_by(&g, column->ref, column->ref_by, err);
    /* The order in which the kernel reads one text (value_from_text); a title may have no index. */
    const struct crm_schema *schema = run->crm->schema;
    const struct crm_field *keys[] = {schema->field(run->view, column->ref, CRM_STR("external_id")),
                                      column->ref_facts.title,
                                      schema->field(run->view, column->ref, CRM_STR("login")),
                                      schema->field(run->view, column->ref, CRM_STR("code"))};
    for (size_t i = 0; status == CRM_OK && i < sizeof keys / sizeof *keys; i++)
        if (keys[i]) status = find_by(&g, column->ref, keys[i], err);
    return status;
}

crm_status import_resolve_texts(const struct import_run *run, struct crm_arena *a,
                                struct import_column *column, const struct crm_str *texts,
                                size_t count, struct crm_error *err) {
    for (size_t i = 0; i < count; i++) {
        struct crm_str key = run->crm->base->fold_key(a, texts[i]);
        if (!key.ptr || !lookup_enter(&column->lookup, key, texts[i]))
            return run->crm->base->error_no_memory(err);
    }
    return find_new(run, a, column, err);
}

/* ---- a whole piece ------------------------------------------------------------------------- */

static crm_status enter_cell(const struct import_run *run, struct crm_arena *a,
                             struct import_column *column, struct crm_str text,
                             struct crm_error *err) {
    struct crm_str part, rest = text;
    bool several = column->target == IMPORT_LINKS || column->facts.type == CRM_FIELD_CHOICES;
    while (several ? import_next_part(run, column, &rest, &part) : rest.len > 0) {
        if (!several) {
            part = rest;
            rest = CRM_STR("");
        }
        struct crm_str key = run->crm->base->fold_key(a, part);
        if (!key.ptr) return run->crm->base->error_no_memory(err);
        if (import_is_null_word(key)) continue;
        if (!lookup_enter(&column->lookup, key, part)) return run->crm->base->error_no_memory(err);
    }
    return CRM_OK;
}

static bool is_looked_up(const struct import_plan *plan, const struct import_column *column) {
    if (column->to_itself) return false;
    if (plan->stage && column->field == plan->stage)
        return false; /* depends on the row's pipeline */
    return column->target == IMPORT_REFERENCE || column->target == IMPORT_LINKS ||
           column->target == IMPORT_CHOICE;
}

crm_status import_resolve(const struct import_run *run, struct crm_arena *a,
                          struct import_plan *plan, const struct import_piece *piece,
                          int64_t parent, struct crm_error *err) {
    crm_status status = CRM_OK;
    for (size_t c = 0; status == CRM_OK && c < plan->column_count; c++) {
        struct import_column *column = &plan->columns[c];
        if (!is_looked_up(plan, column)) continue;
        for (size_t i = 0; status == CRM_OK && i < piece->count; i++)
            if (piece->rows[i].problem == CSV_FINE)
                status = enter_cell(run, a, column,
                                    import_text(run, a, plan, column, &piece->rows[i]), err);
        if (status == CRM_OK) status = find_new(run, a, column, err);
    }
    return status == CRM_OK ? import_make(run, a, plan, piece, parent, err) : status;
}
