/* The course of an import: see import.h. A piece is read, its references are resolved, its rows
 * become one changeset, its outcome is counted and, every few pieces, the place is kept: what was
 * written after it is met again by its once-keys. While pieces are being written the next one is
 * read and filled; only rows that are found by a key wait until the pieces before them are there.
 */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>

#include "import_link.h"
#include "import_memory.h"
#include "import_row.h"
#include "import_rejects.h"
#include "import_table.h"

/* Pieces at hand or handed over: some share a commit while the next one is made, so that the writer
 * never waits. Keeping the place waits for the writer, too, and so is done seldom. */
enum {
    PIECE_ARENA_BYTES = 256 * 1024 * 1024,
    ONCE_KEY_BYTES = 64,
    FLIGHTS = 4,
    KEPT_EVERY_PIECES = 32
};

static const struct crm_text no_match = {"no_match", "No record has “{0}” as its {1}.",
                                         "Нет записи, у которой {1} — «{0}»."};
static const struct crm_text blank_key = {"blank_key", "The key {0} is blank in this row.",
                                          "В этой строке пуст ключ {0}."};
static const struct crm_text ambiguous_key = {"ambiguous_key",
                                              "Several records have “{0}” as their {1}.",
                                              "У нескольких записей {1} — «{0}»."};
static const struct crm_text unclosed = {"unclosed_quote",
                                         "A quotation mark opens in this row and never closes.",
                                         "В строке открыта кавычка, которая нигде не закрывается."};
static const struct crm_text too_long = {"row_too_long", "The row is too long.",
                                         "Строка слишком длинная."};
static const struct crm_text not_utf8 = {
    "bad_text", "The row holds bytes that are no text in the file's encoding.",
    "В строке есть байты, которые не являются текстом в кодировке файла."};

/* A piece from its reading to the answer of the database. */
struct flight {
    struct crm_arena *a;
    struct import_piece piece;
    struct crm_changeset *changes; /* handed over and not yet answered, or NULL */
    uint64_t rows_end;             /* of the file, with this piece */
    int64_t bytes_end;
};

struct course {
    const struct import_run *run;
    const struct crm *crm;
    struct crm_arena *keep; /* the caller's: lives as long as the result */
    struct flight flights[FLIGHTS];
    struct flight *at;              /* the piece at hand */
    struct flight *flying[FLIGHTS]; /* handed over, to be settled, the oldest first */
    size_t flying_count;
    struct crm_bulk *bulk;
    struct import_table table;
    struct import_plan plan;
    struct import_state state;
    struct lookup logins;
    struct import_link **kept_links; /* the end of those that are kept */
    uint64_t kept_pieces;
    int64_t kept_rejected;
    int replaying; /* so many pieces whose rows are found by a key may be there already */
    struct crm_error *err;
};

static void refuse(struct course *c, struct import_row *row, const struct crm_text *text,
                   struct crm_str first, struct crm_str second) {
    struct crm_error error;
    struct crm_str args[] = {first, second};
    c->crm->base->error_set(&error, CRM_REFUSED, text, args, 2);
    import_row_refuse(c->run, c->at->a, row, &error);
}

static void refuse_broken(struct course *c) {
    for (size_t i = 0; i < c->at->piece.count; i++) {
        struct import_row *row = &c->at->piece.rows[i];
        if (row->problem == CSV_UNCLOSED_QUOTE)
            refuse(c, row, &unclosed, CRM_STR(""), CRM_STR(""));
        else if (row->problem != CSV_FINE)
            refuse(c, row, &too_long, CRM_STR(""), CRM_STR(""));
        for (size_t cell = 0; row->reason.len == 0 && cell < row->cell_count; cell++)
            if (!c->crm->base->utf8_valid(crm_str_make(row->cells[cell].ptr, row->cells[cell].len)))
                refuse(c, row, &not_utf8, CRM_STR(""), CRM_STR(""));
        if (row->reason.len > 0 && row->problem == CSV_FINE) row->problem = CSV_ROW_TOO_LONG;
    }
}

/* ---- which record a row is ------------------------------------------------------------------- */

static crm_status match_key(struct course *c, const struct import_column *key) {
    const struct crm_base *base = c->crm->base;
    struct crm_value *values = base->arena_array(c->at->a, c->at->piece.count + 1, sizeof *values);
    struct import_row **asked = base->arena_array(c->at->a, c->at->piece.count + 1, sizeof *asked);
    int64_t *ids = base->arena_array(c->at->a, c->at->piece.count + 1, sizeof *ids);
    uint8_t *counts = base->arena_array(c->at->a, c->at->piece.count + 1, sizeof *counts);
    size_t count = 0;
    if (!values || !asked || !ids || !counts) return base->error_no_memory(c->err);
    for (size_t i = 0; i < c->at->piece.count; i++) {
        struct import_row *row = &c->at->piece.rows[i];
        if (row->reason.len > 0) continue;
        struct crm_str text = base->trim(import_text(c->run, c->at->a, &c->plan, key, row));
        if (text.len == 0) {
            refuse(c, row, &blank_key, key->facts.name, CRM_STR(""));
            continue;
        }
        values[count] = crm_text_value(text);
        asked[count++] = row;
    }
    crm_status status = count ? c->crm->record->find(c->run->view, c->plan.entity, key->field,
                                                     values, count, ids, counts, c->err)
                              : CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        if (counts[i] > 1)
            refuse(c, asked[i], &ambiguous_key, values[i].text, key->facts.name);
        else if (counts[i] == 1)
            asked[i]->id = ids[i];
        else if (c->run->options.mode == IMPORT_UPDATE)
            refuse(c, asked[i], &no_match, values[i].text, key->facts.name);
    }
    return status;
}

/* Rows of a Perigee export name their records by id. */
static void match_ids(struct course *c) {
    for (size_t i = 0; i < c->plan.column_count; i++) {
        if (c->plan.columns[i].target != IMPORT_ID || c->run->options.mode == IMPORT_CREATE)
            continue;
        for (size_t r = 0; r < c->at->piece.count; r++) {
            struct import_row *row = &c->at->piece.rows[r];
            int64_t id;
            struct crm_row found;
            struct crm_error missing;
            struct crm_str text = import_text(c->run, c->at->a, &c->plan, &c->plan.columns[i], row);
            if (row->id == 0 && c->crm->base->id_parse(text, &id) &&
                c->crm->record->get(c->run->view, c->plan.entity, id, CRM_STR("id"), &found,
                                    &missing) == CRM_OK)
                row->id = id;
        }
    }
}

/* ---- rows to ops ------------------------------------------------------------------------------
 */

static crm_status make_op(struct course *c, struct import_fill *fill, struct import_row *row) {
    row->is_new = row->id == 0;
    if (c->run->options.mode == IMPORT_CREATE && !row->is_new && !c->replaying)
        return CRM_OK; /* there already: skipped */
    row->op = row->is_new ? c->crm->record->create(fill->changes, c->plan.entity)
                          : c->crm->record->update(fill->changes, c->plan.entity, row->id, 0);
    if (!row->op) return c->crm->base->error_no_memory(c->err);
    row->id = c->crm->record->op_id(row->op);
    c->crm->record->op_source_row(row->op, (uint32_t)row->line);
    crm_status status = import_row_fill(fill, row, c->err);
    if (row->reason.len > 0) {
        c->crm->record->drop_last(fill->changes);
        row->op = NULL;
    }
    return status;
}

static struct crm_changeset_options changeset_options(struct course *c, char *once) {
    struct crm_changeset_options o = {.size = sizeof o, .part_of = c->state.parent};
    o.flags = CRM_CHANGESET_IMPORT | CRM_CHANGESET_BULK | CRM_CHANGESET_KEEP_GOING;
    if (!c->run->options.automations) o.flags |= CRM_CHANGESET_NO_AFTER;
    if (c->run->options.dry) o.flags |= CRM_CHANGESET_DRY;
    o.note = c->run->options.file_name;
    int len = snprintf(once, ONCE_KEY_BYTES, "import/%lld/%llu", (long long)c->run->id,
                       (unsigned long long)c->at->piece.number);
    if (c->run->id && !c->run->options.dry) o.once_key = crm_str_make(once, (size_t)len);
    return o;
}

static void count_outcomes(struct course *c, struct crm_changeset *changes,
                           const struct crm_commit *done) {
    size_t at = 0;
    for (size_t i = 0; i < c->at->piece.count; i++) {
        struct import_row *row = &c->at->piece.rows[i];
        struct crm_outcome outcome = {.size = sizeof outcome};
        if (!row->op || at >= done->outcome_count) continue;
        c->crm->record->outcome_at(changes, at++, &outcome);
        if (outcome.status != CRM_OK) {
            if (outcome.error)
                import_row_refuse(c->run, c->at->a, row, outcome.error);
            else
                refuse(c, row, &too_long, CRM_STR(""), CRM_STR(""));
            continue;
        }
        if (done->replayed && outcome.id) row->id = outcome.id;
        if (!outcome.changed)
            c->state.counts.skipped++;
        else if (row->is_new)
            c->state.counts.created++;
        else
            c->state.counts.updated++;
        row->is_new = outcome.changed; /* from here on: did this row write? */
    }
    if (done->id && !c->run->options.dry) c->state.counts.changeset = c->state.parent;
}

static crm_status fill_rows(struct course *c, struct import_fill *fill) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < c->at->piece.count; i++) {
        struct import_row *row = &c->at->piece.rows[i];
        if (row->reason.len > 0) continue;
        status = make_op(c, fill, row);
        if (status == CRM_OK && !row->op && row->reason.len == 0) c->state.counts.skipped++;
    }
    return status;
}

static crm_status start_rows(struct course *c) {
    char once[ONCE_KEY_BYTES];
    struct crm_changeset_options options = changeset_options(c, once);
    struct import_fill fill = {
        .run = c->run, .a = c->at->a, .plan = &c->plan, .logins = &c->logins};
    crm_status status =
        c->crm->record->changeset_new(c->run->view, &options, &fill.changes, c->err);
    if (status != CRM_OK) return status;
    c->at->changes = fill.changes;
    status = fill_rows(c, &fill);
    return status == CRM_OK ? c->crm->record->commit_start(fill.changes, c->err) : status;
}

/* ---- what stays behind -------------------------------------------------------------------------
 */

static void keep_reason(struct course *c, const struct import_row *row) {
    struct import_result *counts = &c->state.counts;
    counts->rejected++;
    if (counts->reason_count >= IMPORT_REASONS_MAX) return;
    struct import_reason *reason = &counts->reasons[counts->reason_count];
    *reason = (struct import_reason){row->line, c->crm->base->arena_str(c->keep, row->field),
                                     c->crm->base->arena_str(c->keep, row->reason)};
    if (reason->text.ptr) counts->reason_count++;
}

/* The rejected rows, with their reasons, to where they are kept; then they count. */
static crm_status keep_rejected(struct course *c) {
    crm_status status = import_rejects_write(c->run, &c->plan, &c->at->piece,
                                             c->state.counts.rejected == 0, c->err);
    for (size_t i = 0; status == CRM_OK && i < c->at->piece.count; i++)
        if (c->at->piece.rows[i].reason.len > 0) keep_reason(c, &c->at->piece.rows[i]);
    return status;
}

static crm_status add_links(struct course *c) {
    for (size_t i = 0; i < c->at->piece.count; i++) {
        const struct import_row *row = &c->at->piece.rows[i];
        if (row->reason.len > 0 || !row->op) continue;
        crm_status status = import_link_keep(c->run, c->at->a, &c->plan, row, &c->state, c->err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* Whether a row may be a record that the piece before it makes. */
static bool finds_records(const struct course *c) {
    bool found = c->plan.key != SIZE_MAX;
    for (size_t i = 0; i < c->plan.column_count; i++)
        found = found || c->plan.columns[i].target == IMPORT_ID;
    return found;
}

/* Meeting a piece by its once-key tells which records it wrote, not what was wrong with the others
 * nor what had been found; and one kept text holds the links of one piece. */
static bool is_place_due(const struct course *c) {
    return finds_records(c) || *c->kept_links || c->state.counts.rejected != c->kept_rejected ||
           c->state.pieces_done - c->kept_pieces >= KEPT_EVERY_PIECES;
}

static crm_status keep_place(struct course *c) {
    if (!c->run->id || c->run->options.dry || c->kept_pieces == c->state.pieces_done) return CRM_OK;
    crm_status status =
        import_state_save(c->crm, c->run->id, c->at->a, &c->state, *c->kept_links, c->err);
    if (status != CRM_OK) return status;
    c->kept_links = c->state.links_end;
    c->kept_pieces = c->state.pieces_done;
    c->kept_rejected = c->state.counts.rejected;
    return CRM_OK;
}

static crm_status finish_piece(struct course *c) {
    crm_status status = keep_rejected(c);
    if (status == CRM_OK) status = add_links(c);
    c->state.rows_done = c->at->rows_end;
    c->state.counts.rows += (int64_t)c->at->piece.count;
    c->state.pieces_done++;
    if (c->replaying > 0) c->replaying--;
    if (status == CRM_OK && is_place_due(c)) status = keep_place(c);
    if (status == CRM_OK) status = c->crm->record->view_refresh(c->run->view, c->err);
    if (c->run->progress.tell)
        c->run->progress.tell(c->run->progress.ctx, &c->state.counts, c->at->bytes_end,
                              c->run->source.bytes);
    return status;
}

static crm_status settle_oldest(struct course *c) {
    struct flight *at_hand = c->at, *f = c->flying[0];
    struct crm_commit done = {.size = sizeof done};
    c->flying_count--;
    memmove(c->flying, c->flying + 1, c->flying_count * sizeof *c->flying);
    c->at = f;
    crm_status status = c->crm->record->commit_wait(f->changes, &done, c->err);
    if (status == CRM_OK) count_outcomes(c, f->changes, &done);
    if (status == CRM_OK) status = finish_piece(c);
    c->crm->record->changeset_free(f->changes);
    f->changes = NULL;
    c->at = at_hand;
    return status;
}

/* Waits until no more than `left` pieces are handed over. */
static crm_status settle(struct course *c, size_t left) {
    crm_status status = CRM_OK;
    while (status == CRM_OK && c->flying_count > left)
        status = settle_oldest(c);
    return status;
}

static crm_status run_piece(struct course *c) {
    crm_status status = finds_records(c) ? settle(c, 0) : CRM_OK;
    if (status != CRM_OK) return status;
    refuse_broken(c);
    status = import_resolve(c->run, c->at->a, &c->plan, &c->at->piece, c->state.parent, c->err);
    if (status == CRM_OK) match_ids(c);
    if (status == CRM_OK && c->plan.key != SIZE_MAX)
        status = match_key(c, &c->plan.columns[c->plan.key]);
    if (status == CRM_OK) status = start_rows(c);
    if (status != CRM_OK) return status;
    c->flying[c->flying_count++] = c->at;
    return settle(c, FLIGHTS - 1);
}

/* ---- from the first row to the last
 * -------------------------------------------------------------- */

/* Which column fills what, for whoever asks how the table was understood. */
static crm_status tell_mapping(struct course *c) {
    const struct crm_base *base = c->crm->base;
    struct import_mapped *mapped =
        base->arena_array(c->keep, c->plan.column_count + 1, sizeof *mapped);
    if (!mapped) return base->error_no_memory(c->err);
    for (size_t i = 0; i < c->plan.column_count; i++) {
        const struct import_column *column = &c->plan.columns[i];
        mapped[i] = (struct import_mapped){column->header, base->arena_str(c->keep, column->path)};
        if (!mapped[i].field.ptr) return base->error_no_memory(c->err);
    }
    c->state.counts.map_from = c->plan.map_from;
    c->state.counts.mapped = mapped;
    c->state.counts.mapped_count = c->plan.column_count;
    return CRM_OK;
}

static crm_status begin(struct course *c) {
    crm_status status = import_table_open(&c->table, c->run, c->keep, c->err);
    if (status != CRM_OK) return status;
    status = import_plan_make(c->run, c->keep, &c->table.header, c->table.sample,
                              c->table.sample_count, &c->plan, c->err);
    c->plan.guarded = c->plan.own_export && !c->table.form;
    if (status == CRM_OK && c->run->id)
        status = import_state_load(c->crm, c->run->id, c->keep, &c->state, c->err);
    if (status == CRM_OK) status = tell_mapping(c);
    if (status != CRM_OK) return status;
    c->replaying = c->state.resumed ? 2 : 0;
    if (!c->state.resumed) c->state.piece_rows = IMPORT_PIECE_ROWS;
    if (c->state.piece_rows <= 0 || c->state.piece_rows > IMPORT_PIECE_ROWS_MAX)
        c->state.piece_rows = IMPORT_PIECE_ROWS_MAX; /* what was begun before pieces had a size */
    if (c->state.resumed) return import_table_skip(&c->table, c->state.rows_done, c->err);
    struct crm_changeset_options options = {.size = sizeof options,
                                            .note = c->run->options.file_name};
    if (c->run->options.dry) return CRM_OK;
    status = c->crm->record->parent_new(c->run->view, &options, &c->state.parent, c->err);
    return status == CRM_OK && c->run->id
               ? import_state_save(c->crm, c->run->id, c->keep, &c->state, NULL, c->err)
               : status;
}

static bool is_stopping(const struct course *c) {
    return c->run->progress.stopping && c->run->progress.stopping(c->run->progress.ctx);
}

/* From the size of the file and of the rows seen so far. */
static int64_t expected_rows(const struct course *c) {
    size_t bytes = 0;
    for (size_t i = 0; i < c->table.sample_count; i++) {
        bytes += c->table.sample[i].count;
        for (size_t k = 0; k < c->table.sample[i].count; k++)
            bytes += c->table.sample[i].cells[k].len;
    }
    if (bytes == 0 || c->run->source.bytes <= 0) return 0;
    return c->run->source.bytes / (int64_t)(bytes / c->table.sample_count + 1);
}

/* Rows that are found by a field need its index all the time. */
static crm_status begin_bulk(struct course *c) {
    if (c->run->options.dry || finds_records(c)) return CRM_OK;
    const struct crm_field **fields =
        c->crm->base->arena_array(c->keep, c->plan.column_count + 1, sizeof *fields);
    if (!fields) return c->crm->base->error_no_memory(c->err);
    for (size_t i = 0; i < c->plan.column_count; i++)
        fields[i] = c->plan.columns[i].field;
    struct crm_bulk_options options = {.size = sizeof options,
                                       .expected_rows = expected_rows(c),
                                       .fields = fields,
                                       .field_count = c->plan.column_count};
    return c->crm->record->bulk_begin(c->run->view, c->plan.entity, &options, &c->bulk, c->err);
}

static crm_status end_bulk(struct course *c, crm_status status) {
    struct crm_error closing;
    struct crm_bulk *bulk = c->bulk;
    c->bulk = NULL;
    if (!bulk || c->crm->record->bulk_end(bulk, &closing) == CRM_OK || status != CRM_OK)
        return status;
    c->crm->base->error_copy(c->err, &closing);
    return c->crm->base->error_status(c->err);
}

static crm_status next_piece(struct course *c, uint64_t number, bool *ret_end) {
    c->at = &c->flights[number % FLIGHTS];
    c->crm->base->arena_reset(c->at->a);
    c->at->piece.number = number;
    c->at->piece.room = (size_t)c->state.piece_rows;
    crm_status status = import_table_piece(&c->table, c->at->a, &c->plan, &c->at->piece, c->err);
    *ret_end = c->at->piece.count == 0;
    c->at->rows_end = c->table.rows;
    c->at->bytes_end = c->table.bytes_done;
    return status;
}

/* All pieces up to the end, or until somebody stops it. */
static crm_status run_pieces(struct course *c) {
    static const struct crm_text stopped = {"cancelled",
                                            "The import was stopped; it can go on from here.",
                                            "Импорт остановлен; его можно продолжить."};
    crm_status status = CRM_OK;
    bool end = false, stops = false;
    for (uint64_t number = c->state.pieces_done; status == CRM_OK && !end && !stops; number++) {
        status = next_piece(c, number, &end);
        stops = !end && is_stopping(c);
        if (status == CRM_OK && !end && !stops) status = run_piece(c);
    }
    if (status == CRM_OK) status = settle(c, 0);
    if (status == CRM_OK) status = keep_place(c);
    return status == CRM_OK && stops
               ? c->crm->base->error_set(c->err, CRM_CANCELLED, &stopped, NULL, 0)
               : status;
}

static crm_status go(struct course *c) {
    crm_status status = begin(c);
    c->kept_links = c->state.links_end;
    c->kept_pieces = c->state.pieces_done;
    c->kept_rejected = c->state.counts.rejected;
    if (status == CRM_OK) status = begin_bulk(c);
    if (status == CRM_OK) status = run_pieces(c);
    status = end_bulk(c, status);
    if (status == CRM_OK) status = import_link_all(c->run, c->at->a, &c->plan, &c->state, c->err);
    return status == CRM_OK
               ? import_memory_keep(c->run, c->keep, &c->plan, &c->state.counts, c->err)
               : status;
}

crm_status import_run(const struct import_run *run, struct crm_arena *a, struct import_result *ret,
                      struct crm_error *err) {
    struct course c = {.run = run, .crm = run->crm, .keep = a, .err = err};
    import_state_init(&c.state);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < FLIGHTS; i++) {
        c.flights[i].a = run->crm->base->arena_new(PIECE_ARENA_BYTES);
        if (!c.flights[i].a) status = run->crm->base->error_no_memory(err);
    }
    c.at = &c.flights[0];
    if (status == CRM_OK) status = go(&c);
    *ret = c.state.counts;
    ret->photos = import_form_left_out(c.table.form);
    import_table_close(&c.table);
    import_plan_fini(&c.plan);
    import_state_fini(&c.state);
    lookup_fini(&c.logins);
    for (size_t i = 0; i < FLIGHTS; i++) {
        if (c.flights[i].changes) run->crm->record->changeset_free(c.flights[i].changes);
        if (c.flights[i].a) run->crm->base->arena_free(c.flights[i].a);
    }
    return status;
}

crm_status import_mode_parse(const struct crm *crm, struct crm_str word, bool has_key,
                             enum import_mode *ret, struct crm_error *err) {
    static const struct crm_text bad = {"bad_mode", "“{0}” is no mode: create, update or upsert.",
                                        "«{0}» — не режим: create, update или upsert."};
    static const struct crm_text keyless = {"key_needed",
                                            "Mode {0} needs a key: name the field by --key.",
                                            "Режиму {0} нужен ключ: назовите поле в --key."};
    *ret = has_key ? IMPORT_UPSERT : IMPORT_CREATE;
    if (word.len == 0) return CRM_OK;
    if (crm_str_is(word, "create"))
        *ret = IMPORT_CREATE;
    else if (crm_str_is(word, "update"))
        *ret = IMPORT_UPDATE;
    else if (crm_str_is(word, "upsert"))
        *ret = IMPORT_UPSERT;
    else
        return crm->base->error_set(err, CRM_INVALID, &bad, &word, 1);
    if (*ret != IMPORT_CREATE && !has_key)
        return crm->base->error_set(err, CRM_INVALID, &keyless, &word, 1);
    return CRM_OK;
}

crm_status import_unknown_parse(const struct crm *crm, struct crm_str word,
                                enum import_unknown *ret, struct crm_error *err) {
    static const struct crm_text bad = {"bad_unknown", "“{0}” is none of reject, empty and create.",
                                        "«{0}» — не reject, empty или create."};
    *ret = IMPORT_UNKNOWN_DEFAULT;
    if (word.len == 0) return CRM_OK;
    if (crm_str_is(word, "reject"))
        *ret = IMPORT_UNKNOWN_REJECT;
    else if (crm_str_is(word, "empty"))
        *ret = IMPORT_UNKNOWN_EMPTY;
    else if (crm_str_is(word, "create"))
        *ret = IMPORT_UNKNOWN_CREATE;
    else
        return crm->base->error_set(err, CRM_INVALID, &bad, &word, 1);
    return CRM_OK;
}
