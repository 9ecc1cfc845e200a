/* Definitions of lists against their records and the note of what was said last: as steps. See
 * lists.h. */
#include <stdio.h>

#include "base/json.h"
#include "record/lists_state.h"
#include "record/messages.h"
#include "record/prepare.h"
#include "store/note.h"

enum { LISTS_SUBJECT_MAX = 1 << 16 };

/* Which of the four kinds of step: of a pipeline, a stage, a directory or an item. */
static enum schema_step_kind kind_of(const struct list *list, bool is_item,
                                     enum schema_step_kind of_pipeline) {
    static const enum schema_step_kind firsts[2][2] = {
        {SCHEMA_STEP_ADD_DIRECTORY, SCHEMA_STEP_ADD_ITEM},
        {SCHEMA_STEP_ADD_PIPELINE, SCHEMA_STEP_ADD_STAGE}};
    int offset = (int)of_pipeline - (int)SCHEMA_STEP_ADD_PIPELINE;
    return (enum schema_step_kind)((int)firsts[list->is_pipeline][is_item] + offset);
}

static crm_status add(struct lists *l, struct list_step step, struct err *err) {
    struct list_step *steps = arena_grow(l->arena, l->steps, l->count, &l->capacity, sizeof *steps);
    if (!steps || !step.step.subject.ptr) return err_no_memory(err);
    steps[l->count++] = step;
    l->steps = steps;
    l->asked += step.step.asks;
    l->refused += step.step.kind == SCHEMA_STEP_REFUSED;
    l->background += step.step.background;
    return CRM_OK;
}

static crm_status refuse(struct lists *l, struct list_step step, const struct err_text *text,
                         struct str detail, struct err *err) {
    struct err *refusal = ARENA_NEW(l->arena, struct err);
    char rows[24];
    (void)snprintf(rows, sizeof rows, "%lld", (long long)step.step.rows);
    const struct str args[] = {step.step.subject, str_from(rows), detail};
    if (!refusal) return err_no_memory(err);
    err_set_args(refusal, CRM_REFUSED, text, args, 3);
    step.step.kind = SCHEMA_STEP_REFUSED;
    step.step.refusal = refusal;
    step.verb = LIST_ASKS;
    return add(l, step, err);
}

static int64_t id_of(const struct schema_entity *e, const struct value *row) {
    return row ? row_std_int(e, row, SCHEMA_STD_ID) : 0;
}

static struct str name_of(const struct lists *l, const struct list *list, bool is_item,
                          const struct value *row) {
    return value_str(row_named(list_entity(l, list->is_pipeline, is_item), row,
                               list_name_field(list->is_pipeline, is_item)));
}

/* ---- values ---------------------------------------------------------------------------------- */
static struct str as_json(struct arena *a, struct str text) {
    BUF_CLEANUP struct buf out;
    struct json_writer w;
    buf_init(&out, LISTS_SUBJECT_MAX);
    if (!text.len) return STR("");
    json_writer_init(&w, &out);
    json_text(&w, text);
    return arena_str(a, buf_str(&out));
}

static crm_status meet(struct lists *l, struct list_step step, struct str key,
                       const struct str said[3], struct err *err) {
    struct schema_overlay *o = ARENA_NEW(l->arena, struct schema_overlay);
    if (!o) return err_no_memory(err);
    *o = (struct schema_overlay){.owner = STR("records"),
                                 .kind = STR("records"),
                                 .subject = step.step.subject,
                                 .key = key,
                                 .noted = as_json(l->arena, said[0]),
                                 .below = as_json(l->arena, said[1]),
                                 .above = as_json(l->arena, said[2]),
                                 .is_noted = true,
                                 .is_met = true};
    step.step.kind = SCHEMA_STEP_LAYERS_MEET;
    step.step.asks = true;
    step.step.overlay = o;
    step.verb = LIST_ASKS;
    return add(l, step, err);
}

/* *io_now is what l->defined says of the field, `was` what it said before. */
static crm_status compare_value(struct lists *l, struct list_step step, struct str was,
                                struct str *io_now, const struct value *row, struct err *err) {
    const struct schema_entity *e = list_entity(l, step.list->is_pipeline, step.item != NULL);
    struct str subject = step.step.subject, now = *io_now;
    if (!schema_field_find(e, step.field) || str_eq(now, was) || !now.len) return CRM_OK;
    struct str is = list_value_text(l->arena, e, row, step.field);
    const struct str said[] = {was, now, is};
    if (str_eq(is, now)) return CRM_OK;
    step.verb = LIST_CHANGE;
    step.text = now;
    step.step.kind = kind_of(step.list, step.item != NULL, SCHEMA_STEP_CHANGE_PIPELINE);
    if (str_eq(is, was) || wishes_take(l->wishes, subject, STR_NONE)) {
        step.step.into = arena_printf(l->arena, "%.*s = %.*s", STR_ARG(step.field), STR_ARG(now));
        return add(l, step, err);
    }
    if (wishes_keep(l->wishes, subject, STR_NONE)) return CRM_OK;
    *io_now = was; /* asked again */
    return meet(l, step, step.field, said, err);
}

/* `step` says which record; `to` is of l->defined, `noted` what it said before. */
static crm_status compare_values(struct lists *l, struct list_step step, struct list_item *to,
                                 const struct list_item *noted, const struct value *row,
                                 struct err *err) {
    crm_status status = CRM_OK;
    for (int k = 0; status == CRM_OK && k < LIST_KEY_COUNT; k++) {
        step.field = str_from(list_key_words[k]);
        status = compare_value(l, step, noted->values[k], &to->values[k], row, err);
    }
    for (size_t i = 0; status == CRM_OK && i < to->own_count; i++) {
        step.field = to->own[i].field;
        struct str was = list_own_text(noted, step.field);
        status = compare_value(l, step, was, &to->own[i].text, row, err);
    }
    return status;
}

/* ---- order ----------------------------------------------------------------------------------- */
static struct str order_text(struct lists *l, const struct list *of, const struct list *among) {
    struct str text = STR("");
    for (size_t i = 0; text.ptr && i < of->count; i++) {
        struct str name = of->items[i].name;
        if (list_item_find(among, name))
            text = arena_printf(l->arena, "%.*s%s%.*s", STR_ARG(text), text.len ? ", " : "",
                                STR_ARG(name));
    }
    return text;
}

/* As the definition's items stand in the records, by position and id. */
static struct list as_it_is(struct lists *l, const struct list *list, const struct value *parent) {
    struct list found = {.is_pipeline = list->is_pipeline,
                         .items = ARENA_ARRAY(l->arena, list->count + 1, struct list_item)};
    const struct schema_entity *e = list_entity(l, list->is_pipeline, true);
    struct place {
        int64_t position, id;
    } *places = ARENA_ARRAY(l->arena, list->count + 1, struct place);
    for (size_t i = 0; found.items && places && i < list->count; i++) {
        const struct value *row = list_item_row(l, list, parent, list->items[i].name);
        if (!row) row = list_item_row(l, list, parent, list->items[i].was);
        if (!row) continue;
        struct value position = row_named(e, row, "position");
        const struct place own = {position.type == VALUE_INT ? position.integer : INT64_MAX,
                                  id_of(e, row)};
        size_t at = found.count++;
        for (; at > 0 && (places[at - 1].position > own.position ||
                          (places[at - 1].position == own.position && places[at - 1].id > own.id));
             at--) {
            places[at] = places[at - 1];
            found.items[at] = found.items[at - 1];
        }
        places[at] = own;
        found.items[at] = list->items[i];
    }
    return found;
}

static bool is_same_order(const struct list *one, const struct list *other) {
    for (size_t i = 0; one->count == other->count && i < one->count; i++)
        if (!str_eq(one->items[i].name, other->items[i].name)) return false;
    return one->count == other->count;
}

/* What was said, under the names of now. */
static crm_status under_new_names(struct lists *l, const struct list *list,
                                  const struct list *noted, struct list *ret, struct err *err) {
    *ret = *noted;
    ret->items = ARENA_ARRAY(l->arena, noted->count + 1, struct list_item);
    if (!ret->items) return err_no_memory(err);
    for (size_t i = 0; i < noted->count; i++) {
        ret->items[i] = noted->items[i];
        for (size_t k = 0; k < list->count; k++)
            if (str_eq(list->items[k].was, noted->items[i].name) &&
                !list_item_find(noted, list->items[k].name))
                ret->items[i].name = list->items[k].name;
    }
    return CRM_OK;
}

static crm_status compare_order(struct lists *l, struct list *list, const struct list *said_before,
                                const struct value *row, struct err *err) {
    struct list known, *noted = &known;
    crm_status named = under_new_names(l, list, said_before, noted, err);
    if (named != CRM_OK || is_same_order(list, noted)) return named;
    struct list is = as_it_is(l, list, row);
    struct str before = order_text(l, noted, list), now = order_text(l, list, noted);
    bool says_new = !str_eq(before, now);
    bool adds_inside = list->count > noted->count && noted->count > 0 &&
                       !list_item_find(noted, list->items[0].name);
    for (size_t i = 0; i + 1 < list->count; i++)
        adds_inside |= !list_item_find(noted, list->items[i].name) &&
                       list_item_find(noted, list->items[i + 1].name);
    struct str wanted = order_text(l, list, &is), found = order_text(l, &is, list);
    if ((!says_new && !adds_inside) || str_eq(wanted, found)) {
        bool all_there = is.count == list->count;
        if (!adds_inside || all_there) return CRM_OK;
    }
    struct str subject = list_subject(l->arena, list, list->self.name, STR_NONE);
    struct list_step step = {
        .verb = LIST_ORDER,
        .list = list,
        .record = id_of(list_entity(l, list->is_pipeline, false), row),
        .step = {.kind = list->is_pipeline ? SCHEMA_STEP_ORDER_STAGES : SCHEMA_STEP_ORDER_ITEMS,
                 .subject = subject,
                 .into = order_text(l, list, list)}};
    const struct str said[] = {before, order_text(l, list, list), found};
    bool by_people = !str_eq(order_text(l, &is, noted), before);
    if (!by_people || wishes_take(l->wishes, subject, STR_NONE)) return add(l, step, err);
    return wishes_keep(l->wishes, subject, STR_NONE) ? CRM_OK
                                                     : meet(l, step, STR("order"), said, err);
}

/* ---- what is defined ------------------------------------------------------------------------- */
/* Values go from the old text to the new one. Nothing: they do already. */
static crm_status rename_item(struct lists *l, struct list_step s, const struct value *parent,
                              const struct value *row, struct err *err) {
    const struct schema_entity *e = list_entity(l, s.list->is_pipeline, true);
    const struct value *rest = list_item_row(l, s.list, parent, s.item->was);
    struct str to = s.step.subject;
    crm_status status = CRM_OK;
    s.verb = LIST_RENAME;
    s.renamed = s.list;
    s.name = s.item->was;
    s.record = id_of(e, row);
    s.step.subject = list_subject(l->arena, s.list, s.list->self.name, s.item->was);
    s.step.into = s.item->name;
    s.step.kind = kind_of(s.list, true, SCHEMA_STEP_RENAME_PIPELINE);
    if (s.list->is_pipeline) return add(l, s, err);
    if (list_move_of(l, s.record)) return refuse(l, s, &record_list_returns, to, err);
    if (rest && list_move_of(l, id_of(e, rest))) return CRM_OK;
    status = list_use_count(l, &s, &s.step.rows, err);
    s.step.background = s.step.rows > LIST_AT_ONCE_MAX;
    return status == CRM_OK ? add(l, s, err) : status;
}

static crm_status compare_item(struct lists *l, struct list *list, const struct list *noted,
                               const struct value *parent, struct list_item *item,
                               struct err *err) {
    const struct schema_entity *e = list_entity(l, list->is_pipeline, true);
    const struct value *row = list_item_row(l, list, parent, item->name), *old = NULL;
    const struct list_item *was = noted ? list_item_find(noted, item->name) : NULL;
    struct list_step step = {.list = list,
                             .item = item,
                             .record = id_of(e, row),
                             .step.subject =
                                 list_subject(l->arena, list, list->self.name, item->name)};
    crm_status status = CRM_OK;
    if (item->was.len && !was) { /* the values may be on their way */
        old = row ? NULL : list_item_row(l, list, parent, item->was);
        was = noted ? list_item_find(noted, item->was) : NULL;
        if (old || (row && was)) status = rename_item(l, step, parent, old ? old : row, err);
        row = old ? old : row;
        step.record = id_of(e, row);
    }
    if (status != CRM_OK) return status;
    if (row) return was ? compare_values(l, step, item, was, row, err) : CRM_OK;
    if (was) return CRM_OK; /* people took it away */
    step.step.kind = kind_of(list, true, SCHEMA_STEP_ADD_PIPELINE);
    return add(l, step, err);
}

static crm_status compare_list(struct lists *l, struct list *list, struct err *err) {
    const struct schema_entity *e = list_entity(l, list->is_pipeline, false);
    const struct list *noted = list_find(&l->noted, list, list->self.name);
    const struct value *row = list_row(l, list, list->self.name);
    struct list_step step = {.list = list,
                             .record = id_of(e, row),
                             .step.subject =
                                 list_subject(l->arena, list, list->self.name, STR_NONE)};
    crm_status status = CRM_OK;
    if (!row && list->self.was.len && (row = list_row(l, list, list->self.was))) {
        noted = list_find(&l->noted, list, list->self.was);
        step.record = id_of(e, row);
        step.verb = LIST_RENAME;
        step.renamed = list;
        step.name = list->self.was;
        step.step.kind = kind_of(list, false, SCHEMA_STEP_RENAME_PIPELINE);
        step.step.into = list->self.name;
        struct str subject = step.step.subject;
        step.step.subject = list_subject(l->arena, list, list->self.was, STR_NONE);
        status = add(l, step, err);
        step.step.subject = subject;
        step.step.into = STR_NONE;
    }
    if (status == CRM_OK && !row) {
        if (noted) return CRM_OK;
        step.step.kind = kind_of(list, false, SCHEMA_STEP_ADD_PIPELINE);
        return add(l, step, err);
    }
    if (status == CRM_OK && noted)
        status = compare_values(l, step, &list->self, &noted->self, row, err);
    for (size_t i = 0; status == CRM_OK && i < list->count; i++)
        status = compare_item(l, list, noted, row, &list->items[i], err);
    if (status == CRM_OK && noted) status = compare_order(l, list, noted, row, err);
    return status;
}

/* ---- what goes ------------------------------------------------------------------------------- */
enum fate { FATE_NONE, FATE_DROP, FATE_MOVE, FATE_LEAVE };

static bool is_listed(const struct str *names, size_t count, struct str name) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name)) return true;
    return false;
}

static enum fate fate_of(const struct lists *l, struct str subject, struct str *ret_target) {
    const struct schema_wishes *w = l->wishes;
    if (!w) return FATE_NONE;
    for (size_t i = 0; i < w->move_count; i++) {
        struct str m = w->move[i];
        if (m.len <= subject.len + 1 || m.ptr[subject.len] != '=' ||
            memcmp(m.ptr, subject.ptr, subject.len) != 0)
            continue;
        *ret_target = str_make(m.ptr + subject.len + 1, m.len - subject.len - 1);
        return FATE_MOVE;
    }
    if (is_listed(w->leave, w->leave_count, subject)) return FATE_LEAVE;
    return is_listed(w->drop, w->drop_count, subject) ? FATE_DROP : FATE_NONE;
}

/* Such as a module that is switched off: what it said waits. */
static bool is_owner_there(const struct lists *l, struct str owner) {
    const struct schema *s = l->wanted;
    if (str_is(owner, "kernel") || str_is(owner, "admin")) return true;
    for (size_t i = 0; i < s->entity_count; i++)
        if (str_eq(s->entities[i].owner, owner)) return true;
    for (size_t i = 0; i < l->defined.count; i++) {
        const struct list *list = &l->defined.all[i];
        if (str_eq(list->self.owner, owner)) return true;
        for (size_t k = 0; k < list->count; k++)
            if (str_eq(list->items[k].owner, owner)) return true;
    }
    return false;
}

/* The target by its name: a stage of the pipeline, an item of the directory, or a pipeline. */
static crm_status aim(struct lists *l, struct list_step *s, const struct value *parent,
                      struct err *err) {
    const struct value *row =
        s->item ? list_item_row(l, s->list, parent, s->target) : list_row(l, s->list, s->target);
    s->into = id_of(list_entity(l, s->list->is_pipeline, s->item != NULL), row);
    s->step.into = s->target;
    if (row) s->target = name_of(l, s->list, s->item != NULL, row);
    if (s->into && s->into != s->record && !list_move_of(l, s->into)) return CRM_OK;
    return refuse(l, *s, &record_list_no_target, s->target, err);
}

/* Is a field whose values move gone with whoever declared it? They would stay behind. */
static bool misses_a_field(const struct lists *l, const struct list_move *m) {
    for (size_t i = 0; i + 1 < m->of_count; i += 2) {
        const char *dot = memchr(m->of[i].ptr, '.', m->of[i].len);
        size_t head = dot ? (size_t)(dot - m->of[i].ptr) : 0;
        const struct schema_entity *e = schema_find(l->wanted, str_make(m->of[i].ptr, head));
        struct str field = str_make(m->of[i].ptr + head + 1, m->of[i].len - head - 1);
        if ((!e || !schema_field_find(e, field)) && !is_owner_there(l, m->of[i + 1])) return true;
    }
    return false;
}

/* What is on its way out goes on, whatever is wished meanwhile. */
static crm_status remove_on(struct lists *l, struct list_step s, const struct list_move *m,
                            struct err *err) {
    const struct schema_entity *e = list_entity(l, s.list->is_pipeline, s.item != NULL);
    const struct value *into = resident_row(l->resident, e, m->into);
    s.verb = LIST_REMOVE;
    s.step.kind = m->step;
    s.step.subject = m->row.subject;
    s.step.background = true;
    s.step.waits = misses_a_field(l, m);
    s.into = into ? m->into : 0;
    s.target = into ? name_of(l, s.list, s.item != NULL, into) : m->target;
    s.step.into = s.target;
    crm_status status = list_use_count(l, &s, &s.step.rows, err);
    return status == CRM_OK ? add(l, s, err) : status;
}

static crm_status remove_it(struct lists *l, struct list_step s, enum fate fate,
                            const struct value *parent, struct err *err) {
    struct str field = STR_NONE;
    size_t refused = l->refused;
    const struct list_move *on = list_move_of(l, s.record);
    if (on) return remove_on(l, s, on, err);
    s.verb = fate == FATE_NONE ? LIST_ASKS : LIST_REMOVE;
    s.step.asks = fate == FATE_NONE;
    s.step.kind = kind_of(s.list, s.item != NULL, SCHEMA_STEP_REMOVE_PIPELINE);
    crm_status status = list_use_count(l, &s, &s.step.rows, err);
    if (status != CRM_OK) return status;
    if (!s.list->is_pipeline && !s.item && list_field_of(l, s.list->self.name, &field))
        return fate == FATE_NONE ? add(l, s, err) : refuse(l, s, &record_list_of_field, field, err);
    if (fate == FATE_MOVE) status = aim(l, &s, parent, err);
    if (status != CRM_OK || l->refused > refused) return status;
    bool stays = fate == FATE_LEAVE && !s.list->is_pipeline;
    s.step.background = fate == FATE_MOVE && s.step.rows > LIST_AT_ONCE_MAX;
    if (s.step.rows > 0 && fate != FATE_NONE && fate != FATE_MOVE && !stays)
        return refuse(l, s, s.list->is_pipeline ? &record_list_in_use : &record_item_in_use, s.name,
                      err);
    return add(l, s, err);
}

/* Is the record that of the definition's item? */
static bool is_row_of(const struct lists *l, const struct list *list, struct str item,
                      const struct value *row) {
    const struct schema_entity *e = list_entity(l, list->is_pipeline, true);
    struct str key = value_str(row_std(e, row, SCHEMA_STD_EXTERNAL_ID));
    return str_eq(name_of(l, list, true, row), item) ||
           (str_ends_with(key, item) &&
            str_eq(key, list_seed_key(l->arena, list, list->self.name, item)));
}

static crm_status look_at_item(struct lists *l, struct list *list, const struct list *noted,
                               const struct value *parent, const struct value *row,
                               struct err *err) {
    const struct schema_entity *e = list_entity(l, list->is_pipeline, true);
    struct str name = name_of(l, list, true, row), target = STR_NONE;
    struct list_item *item = ARENA_NEW(l->arena, struct list_item);
    if (!item) return err_no_memory(err);
    *item = (struct list_item){.name = name};
    struct list_step s = {.list = list,
                          .item = item,
                          .record = id_of(e, row),
                          .name = name,
                          .step.subject = list_subject(l->arena, list, list->self.name, name)};
    enum fate fate = fate_of(l, s.step.subject, &target);
    const struct list_item *gone = NULL;
    for (size_t i = 0; noted && i < noted->count && !gone; i++)
        if (is_row_of(l, noted, noted->items[i].name, row)) gone = &noted->items[i];
    bool is_wanted = false;
    for (size_t i = 0; i < list->count; i++)
        is_wanted |= is_row_of(l, list, list->items[i].name, row) ||
                     (gone && str_eq(list->items[i].was, gone->name));
    s.is_forgotten = !is_wanted;
    s.target = target;
    if (fate != FATE_NONE || list_move_of(l, s.record)) return remove_it(l, s, fate, parent, err);
    if (!gone || is_wanted || !is_owner_there(l, gone->owner)) return CRM_OK;
    crm_status status = remove_it(l, s, FATE_NONE, parent, err);
    return status == CRM_OK && !list_add_item(l->arena, list, gone) ? err_no_memory(err) : status;
}

/* A pipeline or directory with all that stands in it. */
static crm_status look_at(struct lists *l, bool is_pipeline, const struct value *row,
                          struct err *err) {
    const struct schema_entity *e = list_entity(l, is_pipeline, false),
                               *items = list_entity(l, is_pipeline, true);
    struct list *like = ARENA_NEW(l->arena, struct list);
    struct str target = STR_NONE;
    if (!like) return err_no_memory(err);
    *like = (struct list){.is_pipeline = is_pipeline};
    if (is_pipeline) like->entity = value_str(row_named(e, row, "entity"));
    like->self.name = name_of(l, like, false, row);
    struct list *list = NULL, *noted = NULL;
    for (size_t i = 0; i < l->defined.count && !list; i++)
        if (l->defined.all[i].is_pipeline == is_pipeline &&
            (list_row(l, &l->defined.all[i], l->defined.all[i].self.name) == row ||
             list_row(l, &l->defined.all[i], l->defined.all[i].self.was) == row))
            list = &l->defined.all[i];
    for (size_t i = 0; i < l->noted.count && !noted; i++)
        if (l->noted.all[i].is_pipeline == is_pipeline &&
            list_row(l, &l->noted.all[i], l->noted.all[i].self.name) == row)
            noted = &l->noted.all[i];
    struct list_step s = {.list = list ? list : like,
                          .record = id_of(e, row),
                          .name = like->self.name,
                          .is_forgotten = !list,
                          .step.subject = list_subject(l->arena, like, like->self.name, STR_NONE)};
    enum fate fate = fate_of(l, s.step.subject, &target);
    bool is_gone = noted && !list && is_owner_there(l, noted->self.owner) &&
                   (!is_pipeline || schema_find(l->wanted, like->entity));
    s.target = target;
    if (fate != FATE_NONE || list_move_of(l, s.record)) return remove_it(l, s, fate, NULL, err);
    if (is_gone) {
        crm_status status = remove_it(l, s, FATE_NONE, NULL, err);
        if (status == CRM_OK && !list_set_add(l->arena, &l->defined, noted))
            status = err_no_memory(err);
        return status;
    }
    bool only_moves = noted && !list; /* of what is switched off */
    crm_status status = CRM_OK;
    for (size_t i = 0; items && status == CRM_OK && i < resident_count(l->resident, items); i++) {
        const struct value *item = resident_at(l->resident, items, i);
        if (row_named(items, item, list_parent_field(is_pipeline)).integer == s.record &&
            (!only_moves || list_move_of(l, id_of(items, item))))
            status = look_at_item(l, list ? list : like, noted, row, item, err);
    }
    return status;
}

crm_status lists_compare(struct lists *l, struct err *err) {
    crm_status status = CRM_OK;
    size_t defined = l->defined.count;
    for (size_t i = 0; status == CRM_OK && i < defined; i++)
        status = compare_list(l, &l->defined.all[i], err);
    for (int p = 0; p < 2; p++) {
        const struct schema_entity *e = list_entity(l, p == 1, false);
        for (size_t i = 0; e && status == CRM_OK && i < resident_count(l->resident, e); i++)
            status = look_at(l, p == 1, resident_at(l->resident, e, i), err);
    }
    return status;
}

/* ---- beginning and end ----------------------------------------------------------------------- */
/* A command that only looks puts nothing into force: the records are read as the plan has them,
 * unless it would change their own tables. */
static void find_records(struct lists *l) {
    l->now = engine_schema(l->engine);
    if (l->now) {
        l->resident = engine_resident_ref(l->engine);
        return;
    }
    struct schema *wanted = (struct schema *)(uintptr_t)l->wanted;
    if (resident_load(l->conn, wanted, NULL, NULL, &l->early, NULL) == CRM_OK) {
        l->resident = l->early;
        l->now = schema_ref(wanted);
    }
}

crm_status lists_open(struct lists *l, struct err *err) {
    struct actor system;
    struct str note = STR_NONE;
    crm_status status = list_set_read(l->arena, l->wanted, &l->defined, err);
    if (status == CRM_OK) status = engine_reader_open(l->engine, &l->conn, err);
    if (status == CRM_OK) status = store_begin(l->conn, err);
    if (status == CRM_OK) find_records(l);
    if (status != CRM_OK || !l->now) return status;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    access_init(&l->access, l->now, &system);
    if (status == CRM_OK) status = store_note_get(l->conn, STR("lists"), l->arena, &note, err);
    l->has_note = note.len > 0;
    if (status == CRM_OK && l->has_note) status = list_set_parse(l->arena, note, &l->noted, err);
    if (status == CRM_OK && !l->has_note) l->noted = (struct list_set){0};
    return status == CRM_OK ? list_moves_read(l, err) : status;
}

void lists_close(struct lists *l) {
    if (l->conn && store_in_transaction(l->conn)) store_rollback(l->conn);
    store_conn_close(l->conn);
    if (l->resident && !l->early) engine_resident_unref(l->engine, l->resident);
    resident_unref(l->early);
    schema_unref(l->now);
}

crm_status lists_plan(struct engine *e, const struct schema_wishes *wishes, struct arena *a,
                      struct schema_plan *io, struct err *err) {
    struct lists l = {.engine = e, .wanted = io->schema, .arena = a, .wishes = wishes};
    crm_status status = lists_open(&l, err);
    if (status == CRM_OK && l.now) status = lists_compare(&l, err);
    struct schema_step *steps = ARENA_ARRAY(a, io->step_count + l.count + 1, struct schema_step);
    if (status == CRM_OK && !steps) status = err_no_memory(err);
    if (status == CRM_OK) {
        if (io->step_count) memcpy(steps, io->steps, io->step_count * sizeof *steps);
        for (size_t i = 0; i < l.count; i++)
            steps[io->step_count + i] = l.steps[i].step;
        io->steps = steps;
        io->step_count += l.count;
        io->asked_count += l.asked;
        io->refused_count += l.refused;
        io->background_count += l.background;
    }
    lists_close(&l);
    return status;
}
