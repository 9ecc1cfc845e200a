/* The log against itself: numbers without gaps, each change against its digest, each changeset
 * against the chain. Erased images are allowed, a wrong one is not. */
#include "record/check.h"
#include "record/log_write.h"
#include "store/sys_tables.h"

struct page {
    struct check *check;
    struct arena *arena;
    struct log_row rows[CHECK_PAGE];
    struct digest digests[CHECK_PAGE];
    int64_t changes[CHECK_PAGE];
    bool parent[CHECK_PAGE];
    size_t count;
};

static int64_t int_of(const struct store_value *v) { return v->type == STORE_INT ? v->integer : 0; }
static struct str text_in(struct arena *a, const struct store_value *v) {
    return v->type == STORE_TEXT ? arena_str(a, v->bytes) : STR_NONE;
}

static bool page_row(void *ctx, const struct store_value *row) {
    struct page *p = ctx;
    size_t i = p->count++;
    p->rows[i] =
        (struct log_row){.seq = int_of(&row[SYS_CHANGESET_SEQ]),
                         .id = int_of(&row[SYS_CHANGESET_ID]),
                         .at_ms = int_of(&row[SYS_CHANGESET_AT]),
                         .actor = int_of(&row[SYS_CHANGESET_ACTOR]),
                         .door = int_of(&row[SYS_CHANGESET_DOOR]),
                         .part_of = int_of(&row[SYS_CHANGESET_PART_OF]),
                         .reverts = int_of(&row[SYS_CHANGESET_REVERTS]),
                         .cause = text_in(p->arena, &row[SYS_CHANGESET_CAUSE]),
                         .script_version = text_in(p->arena, &row[SYS_CHANGESET_SCRIPT_VERSION]),
                         .note = text_in(p->arena, &row[SYS_CHANGESET_NOTE])};
    p->changes[i] = int_of(&row[SYS_CHANGESET_CHANGES]);
    p->parent[i] = (int_of(&row[SYS_CHANGESET_FLAGS]) & LOG_FLAG_PARENT) != 0;
    p->digests[i] = (struct digest){{0}};
    if (row[SYS_CHANGESET_DIGEST].bytes.len == DIGEST_BYTES)
        memcpy(p->digests[i].bytes, row[SYS_CHANGESET_DIGEST].bytes.ptr, DIGEST_BYTES);
    return p->count < CHECK_PAGE;
}

struct change_digests {
    struct check *check;
    struct arena *arena;
    struct digest *items;
    size_t count, capacity;
    bool exhausted;
};

static bool change_row(void *ctx, const struct store_value *row) {
    struct change_digests *all = ctx;
    struct digest *items =
                      arena_grow(all->arena, all->items, all->count, &all->capacity, sizeof *items),
                  made;
    all->exhausted = !items;
    if (!items) return false;
    all->items = items;
    struct digest *kept = &items[all->count++];
    memset(kept, 0, sizeof *kept);
    if (row[SYS_CHANGE_DIGEST].bytes.len == DIGEST_BYTES)
        memcpy(kept->bytes, row[SYS_CHANGE_DIGEST].bytes.ptr, DIGEST_BYTES);
    all->check->report.changes++;
    if (row[SYS_CHANGE_SALT].type != STORE_BLOB) return true; /* erased */
    const int64_t numbers[4] = {int_of(&row[SYS_CHANGE_ENTITY]), int_of(&row[SYS_CHANGE_RECORD]),
                                int_of(&row[SYS_CHANGE_OP]), int_of(&row[SYS_CHANGE_VERSION])};
    struct str images =
        row[SYS_CHANGE_IMAGES].type == STORE_BLOB ? row[SYS_CHANGE_IMAGES].bytes : STR_NONE;
    log_change_digest(row[SYS_CHANGE_SALT].bytes.ptr, row[SYS_CHANGE_SALT].bytes.len, numbers,
                      images, &made);
    if (memcmp(made.bytes, kept->bytes, DIGEST_BYTES) != 0)
        check_problem(all->check, "log: change %lld of changeset %lld does not match its digest",
                      (long long)int_of(&row[SYS_CHANGE_POSITION]),
                      (long long)int_of(&row[SYS_CHANGE_SEQ]));
    return true;
}

static crm_status changeset_check(struct check *k, const struct page *p, size_t i,
                                  const struct digest *previous, struct err *err) {
    struct arena a;
    arena_init(&a, CHECK_ARENA_BYTES);
    struct change_digests changes = {.check = k, .arena = &a};
    struct store_condition where = {SYS_CHANGE_SEQ, STORE_EQ, store_int(p->rows[i].seq)};
    const int8_t order = SYS_CHANGE_POSITION + 1;
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGE),
                                  .where = &where,
                                  .where_count = 1,
                                  .order = &order,
                                  .order_count = 1};
    crm_status status = store_each(k->conn, &select, change_row, &changes, err);
    if (status == CRM_OK && changes.exhausted) status = err_no_memory(err);
    if (status == CRM_OK) {
        struct digest made;
        log_changeset_digest(previous, &p->rows[i], changes.items, changes.count, &made);
        if (memcmp(made.bytes, p->digests[i].bytes, DIGEST_BYTES) != 0)
            check_problem(k, "log: changeset %lld breaks the chain of digests",
                          (long long)p->rows[i].seq);
        if (!p->parent[i] && p->changes[i] != (int64_t)changes.count)
            check_problem(k, "log: changeset %lld has %zu changes, %lld are written down",
                          (long long)p->rows[i].seq, changes.count, (long long)p->changes[i]);
    }
    arena_fini(&a);
    return status;
}

crm_status check_log(struct check *k, struct err *err) {
    struct arena a;
    struct page *page = NULL;
    struct digest previous = {{0}};
    int64_t last = 0;
    crm_status status = CRM_OK;
    arena_init(&a, CHECK_ARENA_BYTES);
    do {
        arena_reset(&a);
        page = ARENA_NEW(&a, struct page);
        if (!page) status = err_no_memory(err);
        if (status != CRM_OK) break;
        page->check = k;
        page->arena = &a;
        struct store_condition where = {SYS_CHANGESET_SEQ, STORE_GT, store_int(last)};
        const int8_t order = SYS_CHANGESET_SEQ + 1;
        struct store_select select = {.table = sys_table(SYS_TABLE_CHANGESET),
                                      .where = &where,
                                      .where_count = 1,
                                      .order = &order,
                                      .order_count = 1,
                                      .limit = CHECK_PAGE};
        status = store_each(k->conn, &select, page_row, page, err);
        for (size_t i = 0; status == CRM_OK && i < page->count; i++) {
            if (page->rows[i].seq != last + 1)
                check_problem(k, "log: after changeset %lld comes %lld", (long long)last,
                              (long long)page->rows[i].seq);
            status = changeset_check(k, page, i, &previous, err);
            last = page->rows[i].seq;
            previous = page->digests[i];
            k->report.changesets++;
        }
    } while (status == CRM_OK && page->count == CHECK_PAGE);
    arena_fini(&a);
    return status;
}
