/* Making what an import's texts name: see import_make.h. */
#include "import_make.h"

#include "person_name.h"

struct making {
    const struct import_run *run;
    const struct crm *crm;
    struct crm_arena *a;
    struct import_plan *plan;
    struct crm_view *view;         /* whose rights and name it is made with */
    struct crm_changeset *changes; /* NULL in a dry run, and until the first record */
    int64_t parent;
    uint64_t piece;
    struct import_column *column;
    crm_status status;
    struct crm_error *err;
};

static crm_status ensure_changes(struct making *m) {
    if (m->changes) return CRM_OK;
    struct crm_changeset_options options = {.size = sizeof options,
                                            .flags = CRM_CHANGESET_IMPORT | CRM_CHANGESET_NO_AFTER,
                                            .part_of = m->parent,
                                            .note = m->run->options.file_name};
    return m->crm->record->changeset_new(m->view, &options, &m->changes, m->err);
}

/* Sets a field by name where the entity has it and the actor may write it. */
static crm_status set(struct making *m, struct crm_op *op, const struct crm_entity *e,
                      const char *name, struct crm_value v) {
    const struct crm_field *f = m->crm->schema->field(m->view, e, crm_str_from(name));
    return f ? m->crm->record->set(m->changes, op, f, &v, m->err) : CRM_OK;
}

static bool has_word(struct crm_str folded, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(list[i]);
        for (size_t at = 0; at + len <= folded.len; at++)
            if (memcmp(folded.ptr + at, list[i], len) == 0) return true;
    }
    return false;
}

/* won, lost or open, from a word in the stage's name. "не" before a word of success is a loss. */
static struct crm_str stage_kind(const struct crm_base *base, struct crm_arena *a,
                                 struct crm_str name) {
    static const char *const lost[] = {"lost",   "refused",       "rejected",     "disqualified",
                                       "cancel", "не реализован", "нереализован", "проигр",
                                       "отказ",  "потер",         "провал"};
    static const char *const won[] = {"won",        "win",     "успешно", "выигр",
                                      "реализован", "оплачен", "побед"};
    struct crm_str key = base->fold_key(a, name);
    if (!key.ptr) return CRM_STR("open");
    if (has_word(key, lost, sizeof lost / sizeof *lost)) return CRM_STR("lost");
    return has_word(key, won, sizeof won / sizeof *won) ? CRM_STR("won") : CRM_STR("open");
}

static crm_status fill_person(struct making *m, struct crm_op *op, const struct crm_entity *e,
                              struct crm_str text) {
    struct person_name name;
    person_name_split(text, false, &name);
    crm_status status = set(m, op, e, "last_name", crm_text_value(name.last));
    if (status == CRM_OK && name.first.len)
        status = set(m, op, e, "first_name", crm_text_value(name.first));
    if (status == CRM_OK && name.middle.len)
        status = set(m, op, e, "middle_name", crm_text_value(name.middle));
    return status;
}

/* The fields of a new record that is known by one text. */
static crm_status fill(struct making *m, struct crm_op *op, const struct import_column *column,
                       struct crm_str text) {
    const struct crm_str entity = column->ref_facts.name;
    if (column->ref_by) {
        crm_status status =
            m->crm->record->set(m->changes, op, column->ref_by,
                                &(struct crm_value){.type = CRM_VALUE_TEXT, .text = text}, m->err);
        if (status != CRM_OK) return status;
    }
    if (m->crm->schema->field(m->view, column->ref, CRM_STR("last_name")))
        return fill_person(m, op, column->ref, text);
    crm_status status = set(m, op, column->ref, "name", crm_text_value(text));
    if (status == CRM_OK && crm_str_is(entity, "pipeline"))
        status = set(m, op, column->ref, "entity", crm_text_value(m->plan->facts.name));
    if (status == CRM_OK && crm_str_is(entity, "team"))
        status = set(m, op, column->ref, "region", crm_text_value(text));
    if (status == CRM_OK && crm_str_is(entity, "user")) {
        struct crm_str login = import_login(m->crm->base, m->a, text);
        status = login.ptr ? set(m, op, column->ref, "login", crm_text_value(login))
                           : m->crm->base->error_no_memory(m->err);
    }
    return status;
}

static crm_status make_directory_item(struct making *m, struct crm_str directory,
                                      struct crm_str text) {
    const struct crm_entity *items = m->crm->schema->entity(m->view, CRM_STR("directory_item"));
    const struct crm_entity *directories = m->crm->schema->entity(m->view, CRM_STR("directory"));
    const struct crm_field *name =
        directories ? m->crm->schema->field(m->view, directories, CRM_STR("name")) : NULL;
    int64_t id = 0;
    if (!items || !name ||
        m->crm->record->resident_find(m->view, directories, name, directory, &id) == 0)
        return m->crm->base->error_internal(m->err, "an import met a directory without a record");
    struct crm_op *op = m->crm->record->create(m->changes, items);
    if (!op) return m->crm->base->error_no_memory(m->err);
    crm_status status = set(m, op, items, "directory", crm_id(id));
    if (status == CRM_OK) status = set(m, op, items, "code", crm_text_value(text));
    return status == CRM_OK ? set(m, op, items, "label", crm_text_value(text)) : status;
}

static void make_entry(void *ctx, struct lookup_entry *entry) {
    struct making *m = ctx;
    if (m->status != CRM_OK) return;
    if (m->run->options.dry) {
        entry->state = LOOKUP_FOUND;
        return;
    }
    m->status = ensure_changes(m);
    if (m->status != CRM_OK) return;
    if (m->column->target == IMPORT_CHOICE) {
        m->status = make_directory_item(m, m->column->facts.directory, entry->text);
    } else {
        struct crm_op *op = m->crm->record->create(m->changes, m->column->ref);
        m->status =
            op ? fill(m, op, m->column, entry->text) : m->crm->base->error_no_memory(m->err);
        if (op) entry->id = m->crm->record->op_id(op);
    }
    entry->state = LOOKUP_FOUND;
}

static crm_status commit(struct making *m) {
    struct crm_commit done = {.size = sizeof done};
    if (!m->changes) return CRM_OK;
    crm_status status = m->crm->record->commit(m->changes, &done, m->err);
    m->crm->record->changeset_free(m->changes);
    m->changes = NULL;
    return status == CRM_OK ? m->crm->record->view_refresh(m->run->view, m->err) : status;
}

/* ---- stages --------------------------------------------------------------------------------- */

static const struct crm_field *stage_field(const struct import_run *run,
                                           const struct crm_entity **ret_stages, const char *name) {
    *ret_stages = run->crm->schema->entity(run->view, CRM_STR("stage"));
    return *ret_stages ? run->crm->schema->field(run->view, *ret_stages, crm_str_from(name)) : NULL;
}

/* Is the pipeline one of the imported entity? */
static bool is_own_pipeline(const struct import_run *run, const struct import_plan *plan,
                            int64_t id) {
    const struct crm_entity *e = run->crm->schema->entity(run->view, CRM_STR("pipeline"));
    const struct crm_field *f = e ? run->crm->schema->field(run->view, e, CRM_STR("entity")) : NULL;
    const struct crm_value *v = f ? run->crm->record->resident_value(run->view, e, f, id) : NULL;
    return v && v->type == CRM_VALUE_TEXT && crm_str_eq(v->text, plan->facts.name);
}

static bool same_key(const struct import_run *run, struct crm_arena *a, struct crm_str key,
                     const struct crm_value *text) {
    if (!text || text->type != CRM_VALUE_TEXT) return false;
    struct crm_str other = run->crm->base->fold_key(a, text->text);
    return other.ptr && crm_str_eq(key, other);
}

enum lookup_state import_stage_find(const struct import_run *run, const struct import_plan *plan,
                                    int64_t pipeline, struct crm_str text, int64_t *ret_id) {
    const struct crm_entity *stages;
    const struct crm_field *of = stage_field(run, &stages, "pipeline");
    struct crm_arena *a = run->crm->record->view_arena(run->view);
    struct crm_str key = run->crm->base->fold_key(a, text);
    static const char *const names[] = {"name", "label_en", "label_ru", "label"};
    for (size_t i = 0; of && key.ptr; i++) {
        int64_t id = run->crm->record->resident_at(run->view, stages, i);
        if (id == 0) break;
        const struct crm_value *owner = run->crm->record->resident_value(run->view, stages, of, id);
        if (!owner ||
            (pipeline ? owner->integer != pipeline : !is_own_pipeline(run, plan, owner->integer)))
            continue;
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
            const struct crm_field *f =
                run->crm->schema->field(run->view, stages, crm_str_from(names[n]));
            if (!f ||
                !same_key(run, a, key, run->crm->record->resident_value(run->view, stages, f, id)))
                continue;
            *ret_id = id;
            return LOOKUP_FOUND;
        }
    }
    return LOOKUP_NONE;
}

static int64_t first_pipeline(const struct import_run *run, const struct import_plan *plan) {
    const struct crm_entity *e = run->crm->schema->entity(run->view, CRM_STR("pipeline"));
    const struct crm_field *position =
        e ? run->crm->schema->field(run->view, e, CRM_STR("position")) : NULL;
    int64_t best = 0, best_position = INT64_MAX;
    for (size_t i = 0; e; i++) {
        int64_t id = run->crm->record->resident_at(run->view, e, i);
        if (id == 0) break;
        if (!is_own_pipeline(run, plan, id)) continue;
        const struct crm_value *at =
            position ? run->crm->record->resident_value(run->view, e, position, id) : NULL;
        int64_t here = at && at->type == CRM_VALUE_INT ? at->integer : 0;
        if (best && here >= best_position) continue;
        best = id;
        best_position = here;
    }
    return best;
}

static const struct import_column *column_for(const struct import_plan *plan,
                                              const struct crm_field *field) {
    for (size_t i = 0; field && i < plan->column_count; i++)
        if (plan->columns[i].field == field) return &plan->columns[i];
    return NULL;
}

int64_t import_row_pipeline(const struct import_run *run, struct crm_arena *a,
                            const struct import_plan *plan, const struct import_row *row) {
    const struct import_column *column = column_for(plan, plan->pipeline);
    if (column) {
        struct crm_str key = run->crm->base->fold_key(a, import_text(run, a, plan, column, row));
        const struct lookup_entry *entry =
            key.ptr && key.len ? lookup_find(&column->lookup, key) : NULL;
        if (entry) return entry->id;
    }
    return first_pipeline(run, plan);
}

static int64_t stage_count(const struct import_run *run, int64_t pipeline) {
    const struct crm_entity *stages;
    const struct crm_field *of = stage_field(run, &stages, "pipeline");
    int64_t count = 0;
    for (size_t i = 0; of; i++) {
        int64_t id = run->crm->record->resident_at(run->view, stages, i);
        if (id == 0) break;
        const struct crm_value *owner = run->crm->record->resident_value(run->view, stages, of, id);
        if (owner && owner->integer == pipeline) count++;
    }
    return count;
}

static crm_status make_stage(struct making *m, struct lookup *made, int64_t pipeline,
                             struct crm_str text) {
    const struct crm_entity *stages;
    if (!stage_field(m->run, &stages, "pipeline")) return CRM_OK;
    m->status = ensure_changes(m);
    struct crm_op *op = m->status == CRM_OK ? m->crm->record->create(m->changes, stages) : NULL;
    if (!op) return m->status == CRM_OK ? m->crm->base->error_no_memory(m->err) : m->status;
    crm_status status = set(m, op, stages, "pipeline", crm_id(pipeline));
    if (status == CRM_OK) status = set(m, op, stages, "name", crm_text_value(text));
    struct crm_str kind = stage_kind(m->crm->base, m->a, text);
    if (status == CRM_OK) status = set(m, op, stages, "kind", crm_text_value(kind));
    int64_t probability = crm_str_is(kind, "won") ? 100 : crm_str_is(kind, "lost") ? 0 : 50;
    if (status == CRM_OK) status = set(m, op, stages, "probability", crm_int(probability));
    int64_t position = stage_count(m->run, pipeline) + (int64_t)made->count;
    return status == CRM_OK ? set(m, op, stages, "position", crm_int(position)) : status;
}

/* Stages that rows name and their pipelines lack; `made` remembers pipeline and name. */
static crm_status make_stages(struct making *m, const struct import_piece *piece) {
    const struct import_column *column = column_for(m->plan, m->plan->stage);
    if (!column || column->unknown != IMPORT_UNKNOWN_CREATE || m->run->options.dry) return CRM_OK;
    struct lookup made = {0};
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < piece->count; i++) {
        const struct import_row *row = &piece->rows[i];
        struct crm_str text = row->problem == CSV_FINE
                                  ? import_text(m->run, m->a, m->plan, column, row)
                                  : CRM_STR("");
        struct crm_str key = m->crm->base->fold_key(m->a, text);
        int64_t id, pipeline = import_row_pipeline(m->run, m->a, m->plan, row);
        if (!key.ptr || import_is_null_word(key) || pipeline == 0 ||
            import_stage_find(m->run, m->plan, pipeline, text, &id) == LOOKUP_FOUND)
            continue;
        struct crm_buf *name = m->crm->base->buf_new(4096);
        if (!name) {
            status = m->crm->base->error_no_memory(m->err);
            break;
        }
        m->crm->base->buf_add_int64(name, pipeline);
        m->crm->base->buf_add(name, key.ptr, key.len);
        if (!lookup_find(&made, m->crm->base->buf_str(name))) {
            status = make_stage(m, &made, pipeline, text);
            if (status == CRM_OK && !lookup_enter(&made, m->crm->base->buf_str(name), text))
                status = m->crm->base->error_no_memory(m->err);
        }
        m->crm->base->buf_free(name);
    }
    lookup_fini(&made);
    return status;
}

static bool adds_values_itself(const struct import_run *run) {
    const struct crm_entity *items = run->crm->schema->entity(run->view, CRM_STR("directory_item"));
    return items && run->crm->schema->entity_can(run->view, items, CRM_ACTION_CREATE);
}

static void note_entry(void *ctx, struct lookup_entry *entry) {
    (void)entry;
    *(bool *)ctx = true;
}

/* Values for somebody who may import but not edit directories: added by the system, and no part of
 * the import, so that its undo asks for no right over directories. */
static crm_status make_values(const struct import_run *run, struct crm_arena *a,
                              struct import_plan *plan, struct crm_error *err) {
    struct making m = {.run = run, .crm = run->crm, .a = a, .plan = plan, .err = err};
    struct crm_view_options options = {
        .size = sizeof options, .door = CRM_DOOR_IMPORT, .user = CRM_USER_SYSTEM};
    bool any = false;
    for (size_t c = 0; c < plan->column_count; c++)
        if (plan->columns[c].target == IMPORT_CHOICE &&
            plan->columns[c].unknown == IMPORT_UNKNOWN_CREATE)
            lookup_each(&plan->columns[c].lookup, LOOKUP_NONE, note_entry, &any);
    if (!any || run->options.dry) return CRM_OK;
    crm_status status = run->crm->record->view_open(run->crm->host, &options, &m.view, err);
    if (status != CRM_OK) return status;
    for (size_t c = 0; c < plan->column_count; c++) {
        m.column = &plan->columns[c];
        if (m.column->target == IMPORT_CHOICE && m.column->unknown == IMPORT_UNKNOWN_CREATE)
            lookup_each(&m.column->lookup, LOOKUP_NONE, make_entry, &m);
    }
    status = m.status == CRM_OK ? commit(&m) : m.status;
    if (m.changes) run->crm->record->changeset_free(m.changes);
    run->crm->record->view_close(m.view);
    return status;
}

crm_status import_make(const struct import_run *run, struct crm_arena *a, struct import_plan *plan,
                       const struct import_piece *piece, int64_t parent, struct crm_error *err) {
    struct making m = {.run = run,
                       .crm = run->crm,
                       .a = a,
                       .plan = plan,
                       .view = run->view,
                       .parent = parent,
                       .piece = piece->number,
                       .err = err};
    if (!adds_values_itself(run)) m.status = make_values(run, a, plan, err);
    for (size_t c = 0; m.status == CRM_OK && c < plan->column_count; c++) {
        m.column = &plan->columns[c];
        if (m.column->unknown != IMPORT_UNKNOWN_CREATE || m.column->to_itself ||
            m.column->field == plan->stage)
            continue;
        lookup_each(&m.column->lookup, LOOKUP_NONE, make_entry, &m);
    }
    if (m.status == CRM_OK) m.status = commit(&m); /* stages stand on pipelines that are there */
    if (m.status == CRM_OK) m.status = make_stages(&m, piece);
    if (m.status == CRM_OK) return commit(&m);
    if (m.changes) run->crm->record->changeset_free(m.changes);
    return m.status;
}

/* Letters as in Russian passports (ICAO Doc 9303). */
static const char *const russian[][2] = {
    {"а", "a"},  {"б", "b"},  {"в", "v"},  {"г", "g"},  {"д", "d"},    {"е", "e"},  {"ж", "zh"},
    {"з", "z"},  {"и", "i"},  {"й", "i"},  {"к", "k"},  {"л", "l"},    {"м", "m"},  {"н", "n"},
    {"о", "o"},  {"п", "p"},  {"р", "r"},  {"с", "s"},  {"т", "t"},    {"у", "u"},  {"ф", "f"},
    {"х", "kh"}, {"ц", "ts"}, {"ч", "ch"}, {"ш", "sh"}, {"щ", "shch"}, {"ъ", "ie"}, {"ы", "y"},
    {"ь", ""},   {"э", "e"},  {"ю", "iu"}, {"я", "ia"}};

static size_t add_letter(struct crm_str key, size_t at, char *out, size_t *len) {
    char c = key.ptr[at];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '@' || c == '_' ||
        c == '-') {
        out[(*len)++] = c;
        return 1;
    }
    if (c == ' ') {
        if (*len > 0 && out[*len - 1] != '.') out[(*len)++] = '.';
        return 1;
    }
    for (size_t i = 0; at + 1 < key.len && i < sizeof russian / sizeof *russian; i++) {
        if (memcmp(key.ptr + at, russian[i][0], 2) != 0) continue;
        for (const char *letter = russian[i][1]; *letter; letter++)
            out[(*len)++] = *letter;
        return 2;
    }
    return 1;
}

struct crm_str import_login(const struct crm_base *base, struct crm_arena *a, struct crm_str name) {
    struct crm_str key = base->fold_key(a, name);
    char *out = key.ptr ? base->arena_alloc(a, key.len * 4 + 32) : NULL;
    size_t len = 0;
    if (!out) return crm_str_make(NULL, 0);
    for (size_t at = 0; at < key.len;)
        at += add_letter(key, at, out, &len);
    while (len > 0 && out[len - 1] == '.')
        len--;
    if (len == 0) { /* no letter that we know: a name of its own for each text */
        uint8_t digest[32];
        base->sha256(key, digest);
        static const char hex[] = "0123456789abcdef";
        for (const char *word = "user."; *word; word++)
            out[len++] = *word;
        for (size_t i = 0; i < 6; i++) {
            out[len++] = hex[digest[i] >> 4];
            out[len++] = hex[digest[i] & 15];
        }
    }
    return crm_str_make(out, len);
}
