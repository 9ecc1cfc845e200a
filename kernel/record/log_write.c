/* Appending to the log: numbers, digests, changeset and change rows. See log_write.h.
 *
 * A change's digest covers a salt and its images, the changeset's covers the one before, its own
 * row and the digests of its changes; so the images (with their salt) can be erased and the chain
 * still verifies. What may change later (reverted_by, the number of changes of a parent) is not
 * covered. */
#include "record/log_write.h"

#include "record/engine_state.h"
#include "record/image.h"
#include "store/inserts.h"
#include "store/sys_tables.h"

static const struct str sequence_name = {"changeset", 9};

static crm_status sequence_value(struct store_conn *c, struct arena *a, int64_t *ret,
                                 bool *ret_found, struct err *err) {
    struct store_condition where = {SYS_SEQUENCE_NAME, STORE_EQ, store_text(sequence_name)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_SEQUENCE), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    *ret_found = status == CRM_OK && row;
    if (*ret_found) *ret = row[SYS_SEQUENCE_VALUE].integer;
    return status;
}

static crm_status head_at(struct store_conn *c, int64_t seq, struct arena *a, struct log_head *ret,
                          struct err *err) {
    if (seq == 0) {
        *ret = (struct log_head){0};
        return CRM_OK;
    }
    struct store_condition where = {SYS_CHANGESET_SEQ, STORE_EQ, store_int(seq)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    if (status != CRM_OK) return status;
    if (!row || row[SYS_CHANGESET_DIGEST].bytes.len != DIGEST_BYTES)
        return err_internal(err, "the log has no changeset %lld", (long long)seq);
    *ret = (struct log_head){
        .seq = seq, .id = row[SYS_CHANGESET_ID].integer, .at_ms = row[SYS_CHANGESET_AT].integer};
    memcpy(ret->digest.bytes, row[SYS_CHANGESET_DIGEST].bytes.ptr, DIGEST_BYTES);
    return CRM_OK;
}

crm_status log_head_read(struct store_conn *c, struct log_head *ret, struct err *err) {
    struct arena a;
    arena_init(&a, 1 << 20);
    int64_t seq = 0;
    bool found = false, inserted = false;
    struct log_head head;
    crm_status status = store_begin(c, err);
    if (status == CRM_OK) status = sequence_value(c, &a, &seq, &found, err);
    if (status == CRM_OK && !found) {
        struct store_value row[SYS_SEQUENCE_COUNT] = {store_text(sequence_name), store_int(0)};
        status = store_insert_new(c, sys_table(SYS_TABLE_SEQUENCE), row, &inserted, err);
    }
    if (status == CRM_OK) status = head_at(c, seq, &a, &head, err);
    if (status == CRM_OK) status = store_commit(c, err);
    if (status == CRM_OK) *ret = head;
    if (status != CRM_OK && store_in_transaction(c)) store_rollback(c);
    arena_fini(&a);
    return status;
}

void log_change_digest(const void *salt, size_t salt_bytes, const int64_t numbers[4],
                       struct str images, struct digest *ret) {
    struct digest_part parts[] = {
        {salt, salt_bytes}, {numbers, 4 * sizeof numbers[0]}, {images.ptr, images.len}};
    digest_parts(parts, 3, ret);
}

void log_changeset_digest(const struct digest *previous, const struct log_row *row,
                          const struct digest *changes, size_t count, struct digest *ret) {
    const int64_t numbers[] = {row->seq,  row->id,      row->at_ms,  row->actor,
                               row->door, row->part_of, row->reverts};
    struct digest_part parts[] = {
        {previous->bytes, DIGEST_BYTES},  {numbers, sizeof numbers},
        {row->cause.ptr, row->cause.len}, {row->script_version.ptr, row->script_version.len},
        {row->note.ptr, row->note.len},   {changes, count * sizeof changes[0]}};
    digest_parts(parts, sizeof parts / sizeof parts[0], ret);
}

static void salt_draw(struct log_writer *log, uint8_t ret[LOG_SALT_BYTES]) {
    if (log->pool_left < LOG_SALT_BYTES) {
        random_bytes(log->pool, sizeof log->pool);
        log->pool_left = sizeof log->pool;
    }
    log->pool_left -= LOG_SALT_BYTES;
    memcpy(ret, log->pool + log->pool_left, LOG_SALT_BYTES);
}

/* What a batch writes. */
struct log_rows {
    struct store_inserts changes, changesets;
    struct buf images; /* of the change at hand */
};

static void rows_init(struct log_rows *rows, struct store_conn *c) {
    store_inserts_init(&rows->changes, c, sys_table(SYS_TABLE_CHANGE));
    store_inserts_init(&rows->changesets, c, sys_table(SYS_TABLE_CHANGESET));
    buf_init(&rows->images, IMAGE_MAX_BYTES);
}

static void rows_fini(struct log_rows *rows) {
    store_inserts_fini(&rows->changes);
    store_inserts_fini(&rows->changesets);
    buf_fini(&rows->images);
}

static crm_status rows_flush(struct log_rows *rows, struct err *err) {
    crm_status status = store_inserts_flush(&rows->changes, err);
    return status == CRM_OK ? store_inserts_flush(&rows->changesets, err) : status;
}

static crm_status change_write(struct log_writer *log, struct log_rows *rows, int64_t seq,
                               size_t position, const struct record_change *change,
                               struct digest *ret, struct err *err) {
    struct buf *images = &rows->images;
    uint8_t salt[LOG_SALT_BYTES];
    salt_draw(log, salt);
    buf_clear(images);
    image_encode(change, images);
    if (images->status != CRM_OK)
        return err_internal(err, "the images of one change exceed %d bytes", IMAGE_MAX_BYTES);
    const int64_t numbers[4] = {change->entity->id, change->id, change->verb,
                                change->version_after};
    log_change_digest(salt, sizeof salt, numbers, buf_str(images), ret);
    struct store_value row[SYS_CHANGE_COUNT] = {
        [SYS_CHANGE_SEQ] = store_int(seq),
        [SYS_CHANGE_POSITION] = store_int((int64_t)position),
        [SYS_CHANGE_ENTITY] = store_int(change->entity->id),
        [SYS_CHANGE_RECORD] = store_int(change->id),
        [SYS_CHANGE_OP] = store_int(change->verb),
        [SYS_CHANGE_VERSION] = store_int(change->version_after),
        [SYS_CHANGE_IMAGES] = images->len ? store_blob(buf_str(images)) : STORE_NIL,
        [SYS_CHANGE_SALT] = store_blob(str_make((const char *)salt, sizeof salt)),
        [SYS_CHANGE_DIGEST] = store_blob(str_make((const char *)ret->bytes, DIGEST_BYTES)),
    };
    return store_inserts_add(&rows->changes, row, err);
}

static struct store_value text_or_nil(struct str s) { return s.len ? store_text(s) : STORE_NIL; }
static struct store_value int_or_nil(int64_t n) { return n ? store_int(n) : STORE_NIL; }

static crm_status row_write(struct log_writer *log, struct log_rows *rows, struct log_row *row,
                            uint32_t flags, const struct digest *changes, size_t count,
                            struct err *err) {
    struct digest digest;
    row->seq = log->draft.seq + 1;
    log_changeset_digest(&log->draft.digest, row, changes, count, &digest);
    struct store_value values[SYS_CHANGESET_COUNT] = {
        [SYS_CHANGESET_SEQ] = store_int(row->seq),
        [SYS_CHANGESET_ID] = store_int(row->id),
        [SYS_CHANGESET_AT] = store_int(row->at_ms),
        [SYS_CHANGESET_ACTOR] = store_int(row->actor),
        [SYS_CHANGESET_DOOR] = store_int(row->door),
        [SYS_CHANGESET_CAUSE] = text_or_nil(row->cause),
        [SYS_CHANGESET_SCRIPT_VERSION] = text_or_nil(row->script_version),
        [SYS_CHANGESET_NOTE] = text_or_nil(row->note),
        [SYS_CHANGESET_PART_OF] = int_or_nil(row->part_of),
        [SYS_CHANGESET_REVERTS] = int_or_nil(row->reverts),
        [SYS_CHANGESET_REVERTED_BY] = STORE_NIL,
        [SYS_CHANGESET_CHANGES] = store_int((int64_t)count),
        [SYS_CHANGESET_FLAGS] = store_int(flags),
        [SYS_CHANGESET_DIGEST] = store_blob(str_make((const char *)digest.bytes, DIGEST_BYTES)),
    };
    crm_status status = store_inserts_add(&rows->changesets, values, err);
    if (status != CRM_OK) return status;
    log->draft.seq = row->seq;
    log->draft.digest = digest;
    if (row->id > log->draft.id) log->draft.id = row->id;
    return CRM_OK;
}

/* The parent's row comes with the first child that writes; its count of changes grows with each. */
static crm_status parent_count(struct log_writer *log, struct store_conn *c, int64_t parent,
                               size_t changes, struct err *err) {
    struct store_set set = {SYS_CHANGESET_CHANGES, store_int((int64_t)changes), true};
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(parent)};
    log->parent_draft = parent;
    return store_update(c, sys_table(SYS_TABLE_CHANGESET), &set, 1, &where, 1, NULL, err);
}

static struct log_row row_of(const struct changeset *cs, int64_t at_ms) {
    return (struct log_row){.at_ms = at_ms,
                            .actor = cs->actor.user,
                            .door = cs->actor.door,
                            .cause = cs->cause,
                            .script_version = cs->script_version,
                            .note = cs->note};
}

static uint32_t flags_of(const struct changeset *cs) {
    return (cs->flags & LOG_FLAGS_MASK & ~(uint32_t)LOG_FLAG_PARENT) | (uint32_t)cs->depth
                                                                           << LOG_DEPTH_SHIFT;
}

/* A changeset's moment is that of its plan, which its rows bear as updated_at; moments rise with
 * the numbers all the same. */
static int64_t moment_of(struct log_writer *log, const struct log_entry *entry) {
    if (log->draft.at_ms < entry->plan->now_ms) log->draft.at_ms = entry->plan->now_ms;
    return log->draft.at_ms;
}

static crm_status parent_write(struct log_writer *log, struct log_rows *rows,
                               const struct log_entry *entry, struct err *err) {
    struct log_row row = row_of(entry->changeset, moment_of(log, entry));
    row.id = entry->changeset->part_of;
    row.reverts = entry->changeset->parent_reverts;
    return row_write(log, rows, &row, flags_of(entry->changeset) | LOG_FLAG_PARENT, NULL, 0, err);
}

static crm_status entry_write(struct log_writer *log, struct log_rows *rows,
                              const struct log_entry *entry, struct err *err) {
    const struct changeset *cs = entry->changeset;
    size_t count = entry->plan->change_count;
    struct digest *digests = ARENA_ARRAY(cs->arena, count + 1, struct digest);
    if (!digests) return err_no_memory(err);
    struct log_row row = row_of(cs, moment_of(log, entry));
    row.id = entry->result->id;
    row.part_of = cs->part_of;
    row.reverts = cs->reverts;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        status = change_write(log, rows, log->draft.seq + 1, i, &entry->plan->changes[i],
                              &digests[i], err);
    if (status == CRM_OK) status = row_write(log, rows, &row, flags_of(cs), digests, count, err);
    entry->result->seq = row.seq;
    return status;
}

/* Which entries are the first of a parent whose row is not there yet. */
static crm_status parents_find(struct log_writer *log, struct store_conn *c,
                               const struct log_entry *const *entries, size_t count,
                               bool *ret_first, size_t *ret_count, struct err *err) {
    crm_status status = CRM_OK;
    int64_t seen = log->parent_seen;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        int64_t parent = entries[i]->changeset->part_of;
        ret_first[i] = parent != 0 && parent != seen;
        for (size_t k = 0; k < i && ret_first[i]; k++)
            ret_first[i] = entries[k]->changeset->part_of != parent;
        if (!ret_first[i]) continue;
        struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(parent)};
        struct store_select select = {
            .table = sys_table(SYS_TABLE_CHANGESET), .where = &where, .where_count = 1, .limit = 1};
        const struct store_value *row = NULL;
        arena_reset(&a);
        status = store_first(c, &select, &a, &row, err);
        ret_first[i] = !row;
        *ret_count += row ? 0 : 1;
    }
    arena_fini(&a);
    return status;
}

enum { ALONE_LONG = 16 };

void log_distrust(struct log_writer *log) { log->alone = 0; }

static crm_status sequence_add(struct store_conn *c, size_t count, const int64_t *expected,
                               struct err *err) {
    struct store_set set = {SYS_SEQUENCE_VALUE, store_int((int64_t)count), true};
    struct store_condition where[2] = {{SYS_SEQUENCE_NAME, STORE_EQ, store_text(sequence_name)}};
    if (expected)
        where[1] = (struct store_condition){SYS_SEQUENCE_VALUE, STORE_EQ, store_int(*expected)};
    return store_update(c, sys_table(SYS_TABLE_SEQUENCE), &set, 1, where, expected ? 2 : 1, NULL,
                        err);
}

/* Locks the row, takes `count` numbers and finds the end of the log before them. */
static crm_status numbers_look(struct log_writer *log, struct store_conn *c, size_t count,
                               struct err *err) {
    struct arena a;
    arena_init(&a, 1 << 20);
    int64_t last = 0;
    bool found = false;
    crm_status status = sequence_add(c, count, NULL, err);
    if (status == CRM_OK) status = sequence_value(c, &a, &last, &found, err);
    if (status == CRM_OK && !found)
        status = err_internal(err, "the sequence of changesets is missing");
    int64_t before = last - (int64_t)count;
    if (status == CRM_OK && before != log->head.seq) {
        log->alone = 0;
        status = head_at(c, before, &a, &log->draft, err);
    }
    arena_fini(&a);
    return status;
}

static crm_status numbers_draw(struct log_writer *log, struct store_conn *c, size_t count,
                               struct err *err) {
    log->draft = log->head;
    if (log->alone < ALONE_LONG) log->alone++;
    crm_status status = log->alone < ALONE_LONG ? numbers_look(log, c, count, err)
                                                : sequence_add(c, count, &log->head.seq, err);
    log->first_seq = log->draft.seq + 1;
    return status;
}

enum { ENTRIES_MAX = 256 };

/* The rows, then what each child adds to its parent's. */
static crm_status entries_write(struct log_writer *log, struct store_conn *c,
                                const struct log_entry *const *entries, size_t count,
                                const bool *first, struct err *err) {
    struct log_rows rows;
    crm_status status = CRM_OK;
    rows_init(&rows, c);
    for (size_t i = 0; i < count && status == CRM_OK; i++) {
        if (first[i]) status = parent_write(log, &rows, entries[i], err);
        if (status == CRM_OK) status = entry_write(log, &rows, entries[i], err);
    }
    if (status == CRM_OK) status = rows_flush(&rows, err);
    for (size_t i = 0; i < count && status == CRM_OK; i++)
        if (entries[i]->changeset->part_of)
            status = parent_count(log, c, entries[i]->changeset->part_of,
                                  entries[i]->plan->change_count, err);
    rows_fini(&rows);
    return status;
}

crm_status log_write(struct log_writer *log, struct store_conn *c,
                     const struct log_entry *const *entries, size_t count, struct err *err) {
    bool first[ENTRIES_MAX];
    size_t parents = 0;
    if (count > ENTRIES_MAX) return err_internal(err, "a batch of %zu changesets", count);
    log->parent_draft = log->parent_seen;
    crm_status status = parents_find(log, c, entries, count, first, &parents, err);
    if (status == CRM_OK) status = numbers_draw(log, c, count + parents, err);
    return status == CRM_OK ? entries_write(log, c, entries, count, first, err) : status;
}

void log_written(struct log_writer *log) {
    log->head = log->draft;
    log->parent_seen = log->parent_draft;
}
