/* Late references: see import_link.h. Written in changesets of LINK_PIECE under the import's
 * parent. */
#include "import_link.h"

#include <stdio.h>

#include "import_row.h"

enum { LINK_PIECE = 500, ONCE_KEY_BYTES = 64 };

struct linking {
    const struct import_run *run;
    struct crm_arena *a;
    struct import_plan *plan;
    struct import_state *state;
    struct crm_error *err;
};

crm_status import_link_keep(const struct import_run *run, struct crm_arena *a,
                            const struct import_plan *plan, const struct import_row *row,
                            struct import_state *state, struct crm_error *err) {
    for (size_t i = 0; i < plan->column_count; i++) {
        if (!plan->columns[i].to_itself) continue;
        struct crm_str text = import_text(run, a, plan, &plan->columns[i], row);
        struct crm_str key = run->crm->base->fold_key(a, text);
        if (!key.ptr) return run->crm->base->error_no_memory(err);
        if (import_is_null_word(key)) continue;
        struct import_link link = {.record = row->id,
                                   .column = i,
                                   .was_skipped = !row->is_new,
                                   .line = row->line,
                                   .text = text};
        if (!import_state_add_link(state, &link)) return run->crm->base->error_no_memory(err);
    }
    return CRM_OK;
}

/* Texts of all kept links, column by column; unknown ones are made where that is wished. */
static crm_status resolve(struct linking *l) {
    for (size_t c = 0; c < l->plan->column_count; c++) {
        struct import_column *column = &l->plan->columns[c];
        if (!column->to_itself) continue;
        for (const struct import_link *link = l->state->links; link; link = link->next) {
            if (link->column != c) continue;
            crm_status status = import_resolve_texts(l->run, l->a, column, &link->text, 1, l->err);
            if (status != CRM_OK) return status;
        }
        column->to_itself = false;
    }
    struct import_piece none = {.number = l->state->pieces_done};
    return import_make(l->run, l->a, l->plan, &none, l->state->parent, l->err);
}

static void report(struct linking *l, const struct import_link *link,
                   const struct import_row *row) {
    struct import_result *counts = &l->state->counts;
    if (counts->reason_count >= IMPORT_REASONS_MAX) return;
    counts->reasons[counts->reason_count++] =
        (struct import_reason){link->line, row->field, row->reason};
}

static crm_status write_link(struct linking *l, struct crm_changeset *changes,
                             const struct import_link *link) {
    const struct import_column *column = &l->plan->columns[link->column];
    struct import_fill fill = {.run = l->run, .a = l->a, .plan = l->plan, .changes = changes};
    struct import_row row = {.line = link->line};
    struct crm_value v;
    bool given;
    crm_status status = import_row_reference(&fill, &row, column, link->text, &v, &given);
    if (status != CRM_OK) return l->run->crm->base->error_no_memory(l->err);
    if (row.reason.len > 0) report(l, link, &row);
    if (row.reason.len > 0 || !given || crm_is_nil(&v)) return CRM_OK;
    struct crm_op *op = l->run->crm->record->update(changes, l->plan->entity, link->record, 0);
    if (!op) return l->run->crm->base->error_no_memory(l->err);
    l->run->crm->record->op_source_row(op, (uint32_t)link->line);
    return l->run->crm->record->set(changes, op, column->field, &v, l->err);
}

static void count(struct linking *l, struct crm_changeset *changes, const struct crm_commit *done,
                  const struct import_link *first) {
    const struct import_link *link = first;
    for (size_t i = 0; i < done->outcome_count; i++) {
        struct crm_outcome outcome = {.size = sizeof outcome};
        l->run->crm->record->outcome_at(changes, i, &outcome);
        while (link && link->line != outcome.source_row)
            link = link->next;
        if (!link || outcome.status != CRM_OK || !outcome.changed || !link->was_skipped) continue;
        l->state->counts.skipped--;
        l->state->counts.updated++;
    }
    if (done->id) l->state->counts.changeset = l->state->parent;
}

/* Writes up to LINK_PIECE links; *link moves on. */
static crm_status write_piece(struct linking *l, const struct import_link **link, uint64_t number) {
    const struct crm_record *record = l->run->crm->record;
    const struct import_link *first = *link;
    char once[ONCE_KEY_BYTES];
    struct crm_changeset *changes;
    struct crm_changeset_options options = {
        .size = sizeof options,
        .part_of = l->state->parent,
        .note = l->run->options.file_name,
        .flags = CRM_CHANGESET_IMPORT | CRM_CHANGESET_BULK | CRM_CHANGESET_KEEP_GOING |
                 (l->run->options.automations ? 0 : CRM_CHANGESET_NO_AFTER)};
    int len = snprintf(once, sizeof once, "import/%lld/links/%llu", (long long)l->run->id,
                       (unsigned long long)number);
    if (l->run->id) options.once_key = crm_str_make(once, (size_t)len);
    crm_status status = record->changeset_new(l->run->view, &options, &changes, l->err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; status == CRM_OK && *link && i < LINK_PIECE; i++, *link = (*link)->next)
        status = write_link(l, changes, *link);
    struct crm_commit done = {.size = sizeof done};
    if (status == CRM_OK) status = record->commit(changes, &done, l->err);
    if (status == CRM_OK) count(l, changes, &done, first);
    record->changeset_free(changes);
    return status == CRM_OK ? record->view_refresh(l->run->view, l->err) : status;
}

crm_status import_link_all(const struct import_run *run, struct crm_arena *a,
                           struct import_plan *plan, struct import_state *state,
                           struct crm_error *err) {
    struct linking l = {.run = run, .a = a, .plan = plan, .state = state, .err = err};
    if (!state->links || run->options.dry) return CRM_OK;
    crm_status status = resolve(&l);
    uint64_t number = 0;
    for (const struct import_link *link = state->links; status == CRM_OK && link;)
        status = write_piece(&l, &link, number++);
    return status;
}
