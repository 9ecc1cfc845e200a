/* Backups: a database through the stream onto either engine and back is the same, byte by byte; a
 * file that is not as it was written is refused; a restore that was cut off says so. */
#include "store/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "store/archive.h"
#include "store/blob.h"
#include "store/driver.h"
#include "store/erase.h"
#include "store/rows.h"
#include "store/sys_tables.h"
#include "store/upgrade.h"
#include "support/store.h"

enum { RECORDS = 300 };

static void put_state(struct test_store *t, const char *key, struct store_value value) {
    struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("test")),
                                               [SYS_STATE_KEY] = store_text(str_from(key)),
                                               [SYS_STATE_VALUE] = value,
                                               [SYS_STATE_EXPIRES_AT] = store_int(INT64_MIN)};
    assert_ok(t, store_insert(t->writer, sys_table(SYS_TABLE_STATE), row, &t->err));
}

static void put_answer(struct test_store *t, int64_t actor, struct str bytes) {
    struct store_value row[SYS_IDEMPOTENCY_COUNT] = {
        [SYS_IDEMPOTENCY_ACTOR] = store_int(actor),    [SYS_IDEMPOTENCY_KEY] = store_text(STR("k")),
        [SYS_IDEMPOTENCY_ROUTE] = store_text(STR("")), [SYS_IDEMPOTENCY_BODY] = store_blob(bytes),
        [SYS_IDEMPOTENCY_AT] = store_int(INT64_MAX),   [SYS_IDEMPOTENCY_STATUS] = store_int(-1),
        [SYS_IDEMPOTENCY_ANSWER] = STORE_NIL};
    assert_ok(t, store_insert(t->writer, sys_table(SYS_TABLE_IDEMPOTENCY), row, &t->err));
}

/* Texts and bytes of every awkward kind. */
static void put_awkward(struct test_store *t) {
    char *large = arena_alloc(&t->arena, 3000001);
    memset(large, 'x', 3000000);
    put_state(t, "large", store_text(str_make(large, 3000000)));
    put_state(t, "empty", store_text(STR("")));
    put_state(t, "nil", STORE_NIL);
    put_state(t, "unicode", store_text(STR("Ёлка \xf0\x9f\x8e\x84 \xe2\x80\xae\x01\t\r\n'\"\\")));
    put_answer(t, 1, STR("with\0NULs\0and \xff\xfe"));
    put_answer(t, 2, STR_NONE);
    put_answer(t, INT64_MIN, str_make(large, 1000000));
}

static void put_record(struct test_store *t, int64_t id) {
    const struct schema_entity *deal = test_entity(t, "deal"),
                               *organization = test_entity(t, "organization");
    struct value *row = test_row(t, organization, id), *other = test_row(t, deal, id);
    test_set(organization, row, "name",
             value_text(arena_printf(&t->arena, "Организация №%d \xc3\x85", (int)id)));
    if (id % 3) test_set(organization, row, "employees", value_int(id * -7));
    test_insert(t, organization, row);
    test_set(deal, other, "number", value_text(arena_printf(&t->arena, "N%d", (int)id)));
    test_set(deal, other, "amount", test_money(id * 100 + 5, "EUR", id * 110));
    test_set(deal, other, "open", value_bool(id % 2));
    test_insert(t, deal, other);
    struct store_item mails[] = {
        {.value = value_text(STR("Anna@X.org")), .key = STR("anna@x.org"), .primary = true},
        {.value = value_text(STR("б@x.org")), .label = STR("home"), .key = STR("б@x.org")}};
    const struct schema_field *emails = schema_field_find(organization, STR("emails"));
    assert_ok(t, store_links_put(t->writer, emails, id, mails, (size_t)id % 3, &t->err));
}

static void fill(struct test_store *t) {
    assert_ok(t, store_begin(t->writer, &t->err));
    put_awkward(t);
    for (int64_t id = 1; id <= RECORDS; id++)
        put_record(t, id);
    assert_ok(t, store_commit(t->writer, &t->err));
}

static void put_blob(struct test_store *t, struct str bytes) {
    struct blob_writer *w = NULL;
    struct digest digest;
    int64_t size;
    assert_ok(t, blob_create(t->store, &w, &t->err));
    assert_ok(t, blob_write(w, bytes, &t->err));
    assert_ok(t, blob_finish(w, &digest, &size, &t->err));
}

/* ---- files --------------------------------------------------------------------------------- */
static int open_file(struct test_store *t) {
    char path[128];
    snprintf(path, sizeof path, "%s/backup-XXXXXX", t->dir);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static struct backup_facts write_backup(struct test_store *t, int fd) {
    struct backup_facts facts = {0};
    assert_ok(t, store_begin(t->reader, &t->err));
    assert_ok(t, backup_write(t->reader, fd, NULL, &facts, &t->err));
    store_rollback(t->reader);
    return facts;
}

/* An empty place on an engine, open for a restore. */
static void open_place(struct test_store *t, enum store_engine engine) {
    test_store_open(t, engine);
    t->store->unfinished = true;
}

/* Tables with their rows and digests, and the blobs, as the manifest has them. */
static struct str contents(struct test_store *t, int fd) {
    struct archive_reader *r = NULL;
    char name[ARCHIVE_NAME_BYTES];
    bool found = true;
    int64_t bytes = 0;
    char *text = NULL;
    size_t len = 0;
    assert_ok(t, archive_reader_new(fd, &r, &t->err));
    while (assert_ok(t, archive_next(r, name, &bytes, &found, &t->err)), found) {
        if (strcmp(name, "manifest.json") != 0) continue;
        text = arena_alloc(&t->arena, (size_t)bytes + 1);
        for (size_t got = 1; got > 0; len += got)
            assert_ok(t, archive_read(r, text + len, (size_t)bytes - len, &got, &t->err));
    }
    archive_reader_free(r);
    assert_non_null(text);
    const char *from = strstr(text, "\"tables\"");
    assert_non_null(from);
    return str_from(from);
}

static struct str contents_of(struct test_store *t) {
    int fd = open_file(t);
    write_backup(t, fd);
    struct str text = contents(t, fd);
    close(fd);
    return text;
}

/* ---- there and back ------------------------------------------------------------------------ */
static void restore_on(struct test_store *from, enum store_engine engine) {
    struct test_store to;
    struct backup_facts made, loaded;
    int fd = open_file(from);
    made = write_backup(from, fd);
    open_place(&to, engine);
    assert_ok(&to, backup_verify(fd, NULL, &loaded, &to.err));
    assert_int_equal(loaded.rows, made.rows);
    assert_ok(&to, backup_load(fd, to.writer, NULL, &loaded, &to.err));
    assert_ok(&to, store_sys_migrate(to.writer, &to.err));
    assert_ok(&to, store_load_done(to.writer, true, &to.err));
    assert_int_equal(loaded.rows, made.rows);
    assert_int_equal(loaded.blobs, 3);
    struct str wanted = contents(from, fd), found = contents_of(&to);
    if (!str_eq(wanted, found)) fail_msg("%s\n%s", wanted.ptr, found.ptr);
    close(fd);
    test_store_close(&to);
}

static void a_restore_is_the_same_on_both_engines(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    fill(&t);
    put_blob(&t, STR("hello"));
    put_blob(&t, STR(""));
    put_blob(&t, STR("\0\1\2"));
    restore_on(&t, STORE_SQLITE);
    restore_on(&t, STORE_POSTGRES);
    test_store_close(&t);
}

static void a_copy_comes_back_as_it_was(void **state) {
    struct test_store first, middle, last;
    struct backup_facts facts;
    enum store_engine engine = test_engine(state);
    test_store_open_company(&first, engine);
    fill(&first);
    put_blob(&first, STR("content"));
    open_place(&middle, engine == STORE_SQLITE ? STORE_POSTGRES : STORE_SQLITE);
    open_place(&last, engine);
    assert_ok(&first, store_begin(first.reader, &first.err));
    assert_ok(&first, backup_copy(first.reader, middle.writer, NULL, &facts, &first.err));
    store_rollback(first.reader);
    assert_ok(&middle, store_begin(middle.reader, &middle.err));
    assert_ok(&middle, backup_copy(middle.reader, last.writer, NULL, &facts, &middle.err));
    store_rollback(middle.reader);
    assert_int_equal(facts.blobs, 1);
    assert_ok(&last, store_load_done(last.writer, false, &last.err));
    struct str wanted = contents_of(&first), found = contents_of(&last);
    if (!str_eq(wanted, found)) fail_msg("%s\n%s", wanted.ptr, found.ptr);
    test_store_close(&last);
    test_store_close(&middle);
    test_store_close(&first);
}

static void work_goes_on_while_a_snapshot_is_kept(void **state) {
    struct test_store t;
    int fd;
    test_store_open_company(&t, test_engine(state));
    fill(&t);
    fd = open_file(&t);
    struct backup_facts facts = {0};
    assert_ok(&t, store_begin(t.reader, &t.err));
    int64_t version = 0;
    assert_ok(&t, store_sys_version(t.reader, &version, &t.err)); /* the snapshot begins */
    assert_ok(&t, store_begin(t.writer, &t.err));
    put_record(&t, RECORDS + 1);
    assert_ok(&t, store_commit(t.writer, &t.err));
    assert_ok(&t, backup_write(t.reader, fd, NULL, &facts, &t.err));
    store_rollback(t.reader);
    struct backup_facts later = write_backup(&t, open_file(&t));
    assert_true(later.rows > facts.rows);
    close(fd);
    test_store_close(&t);
}

/* ---- damage -------------------------------------------------------------------------------- */
static crm_status verify_bytes(struct test_store *t, const char *bytes, size_t len) {
    struct backup_facts facts;
    int fd = open_file(t);
    assert_int_equal(write(fd, bytes, len), len);
    crm_status status = backup_verify(fd, NULL, &facts, &t->err);
    close(fd);
    return status;
}

static void whatever_was_changed_is_found(void **state) {
    struct test_store t;
    test_store_open_company(&t, test_engine(state));
    fill(&t);
    put_blob(&t, STR("some content of a file"));
    int fd = open_file(&t);
    struct backup_facts facts = write_backup(&t, fd);
    size_t len = (size_t)facts.bytes;
    char *bytes = malloc(len + 1);
    assert_int_equal(pread(fd, bytes, len, 0), len);
    assert_int_equal(verify_bytes(&t, bytes, len), CRM_OK);
    size_t stride = len / 150 + 1;
    for (size_t at = 0; at < len; at += at < 80 || at + 80 > len ? 1 : stride) {
        bytes[at] ^= (char)(1 << at % 8);
        crm_status status = verify_bytes(&t, bytes, len);
        if (status != CRM_INVALID) fail_msg("byte %zu of %zu: %d", at, len, status);
        bytes[at] ^= (char)(1 << at % 8);
    }
    for (size_t cut = 0; cut < len; cut += cut < 80 || cut + 80 > len ? 1 : stride)
        if (verify_bytes(&t, bytes, cut) != CRM_INVALID) fail_msg("cut off at %zu", cut);
    bytes[len] = 0;
    assert_int_equal(verify_bytes(&t, bytes, len + 1), CRM_INVALID);
    free(bytes);
    close(fd);
    test_store_close(&t);
}

static void another_file_is_no_backup(void **state) {
    (void)state;
    struct test_store t;
    static const char text[] = "id,name\n1,Anna\n2,Boris\n";
    test_store_open(&t, STORE_SQLITE);
    assert_int_equal(verify_bytes(&t, text, sizeof text - 1), CRM_INVALID);
    assert_string_equal(t.err.text.code, "backup_foreign");
    test_store_close(&t);
}

/* ---- streams ------------------------------------------------------------------------------- */
static crm_status keep_bytes(void *ctx, struct str bytes, struct err *err) {
    (void)err;
    buf_add_str(ctx, bytes);
    return CRM_OK;
}

static crm_status feed_all(struct test_store *t, struct str bytes, size_t piece) {
    struct stream_reader *r = NULL;
    const struct stream_handler handler = {.ctx = t};
    assert_ok(t, stream_reader_new(&handler, &r, &t->err));
    crm_status status = CRM_OK;
    while (bytes.len && status == CRM_OK) {
        size_t len = bytes.len < piece ? bytes.len : piece;
        status = stream_feed(r, str_make(bytes.ptr, len), &t->err);
        bytes = str_make(bytes.ptr + len, bytes.len - len);
    }
    if (status == CRM_OK) status = stream_end(r, &t->err);
    stream_reader_free(r);
    return status;
}

static void with_header(struct test_store *t, struct buf *out, const char *json) {
    (void)t;
    size_t len = strlen(json);
    buf_clear(out);
    buf_add_cstr(out, "perigee stream 1\nH");
    for (int i = 0; i < 4; i++)
        buf_add_char(out, (char)(len >> (8 * i) & 0xff));
    buf_add_cstr(out, json);
}

static void a_stream_is_not_believed(void **state) {
    struct test_store t;
    struct buf bytes;
    test_store_open_company(&t, test_engine(state));
    assert_ok(&t, store_begin(t.writer, &t.err));
    put_record(&t, 1);
    assert_ok(&t, store_commit(t.writer, &t.err));
    buf_init(&bytes, 64 << 20);
    const struct stream_sink sink = {keep_bytes, &bytes};
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_ok(&t, store_dump(t.reader, &sink, NULL, NULL, &t.err));
    store_rollback(t.reader);
    assert_int_equal(feed_all(&t, buf_str(&bytes), 7), CRM_OK);
    assert_int_equal(feed_all(&t, str_make(bytes.ptr, bytes.len - 1), 4096), CRM_INVALID);
    for (size_t at = 0; at < bytes.len; at += 97) { /* no checksum of a file in front of it */
        bytes.ptr[at] ^= 0x41;
        (void)feed_all(&t, buf_str(&bytes), 65536);
        bytes.ptr[at] ^= 0x41;
    }
    with_header(&t, &bytes,
                "{\"format\":2,\"sys_version\":1,\"fold_version\":1,\"seq\":0,\"at\":0}");
    assert_int_equal(feed_all(&t, buf_str(&bytes), 4096), CRM_UNSUPPORTED);
    assert_string_equal(t.err.text.code, "backup_newer");
    with_header(&t, &bytes,
                "{\"format\":1,\"sys_version\":99,\"fold_version\":1,\"seq\":0,\"at\":0}");
    assert_int_equal(feed_all(&t, buf_str(&bytes), 4096), CRM_UNSUPPORTED);
    assert_string_equal(t.err.text.code, "database_newer");
    buf_fini(&bytes);
    test_store_close(&t);
}

/* ---- what is removed meanwhile ----------------------------------------------------------------
 */
static const struct schema_registry_entity *registered(const struct test_store *t,
                                                       const char *name) {
    const struct schema_registry *r = t->plan.registry;
    for (size_t i = 0; i < r->entity_count; i++)
        if (str_is(r->entities[i].name, name)) return &r->entities[i];
    return NULL;
}

static crm_status erase(struct test_store *t, const char *name) {
    const struct schema_registry_entity *e = registered(t, name);
    assert_non_null(e);
    assert_ok(t, store_begin(t->writer, &t->err));
    crm_status status = store_erase_entity(t->writer, t->plan.registry, e, &t->err);
    if (status == CRM_OK) return store_commit(t->writer, &t->err);
    store_rollback(t->writer);
    return status;
}

/* Who removes it is told at once, and does not wait; afterwards it goes. */
static void what_is_dumped_stays_whole(void **state) {
    struct test_store t;
    struct buf before, during;
    const struct stream_sink first = {keep_bytes, &before}, second = {keep_bytes, &during};
    bool is_postgres = test_engine(state) == STORE_POSTGRES;
    test_store_open_company(&t, test_engine(state));
    fill(&t);
    buf_init(&before, 64 << 20);
    buf_init(&during, 64 << 20);
    assert_ok(&t, store_begin(t.reader, &t.err));
    assert_ok(&t, store_dump(t.reader, &first, NULL, NULL, &t.err));
    assert_ok(&t, store_dump_open(t.reader, &t.err));
    assert_int_equal(erase(&t, "deal"), is_postgres ? CRM_UNAVAILABLE : CRM_OK);
    assert_ok(&t, store_dump(t.reader, &second, NULL, NULL, &t.err));
    store_rollback(t.reader);
    assert_int_equal(during.len, before.len);
    if (is_postgres) assert_int_equal(erase(&t, "deal"), CRM_OK);
    buf_fini(&before);
    buf_fini(&during);
    test_store_close(&t);
}

/* ---- marks --------------------------------------------------------------------------------- */
static void what_is_unfinished_is_refused(void **state) {
    struct test_store from, to;
    struct backup_facts facts;
    test_store_open_company(&from, STORE_SQLITE);
    int fd = open_file(&from);
    write_backup(&from, fd);
    open_place(&to, test_engine(state));
    assert_ok(&to, backup_load(fd, to.writer, NULL, &facts, &to.err));
    to.store->unfinished = false;
    assert_int_equal(store_sys_migrate(to.writer, &to.err), CRM_CONFLICT);
    assert_string_equal(to.err.text.code, "restore_unfinished");
    assert_ok(&to, store_load_done(to.writer, true, &to.err));
    assert_ok(&to, store_sys_migrate(to.writer, &to.err));
    close(fd);
    test_store_close(&to);
    test_store_close(&from);
}

/* ---- older databases ------------------------------------------------------------------------ */
static crm_status to_next(struct store_conn *c, struct err *err) {
    struct store_condition where = {SYS_STATE_KEY, STORE_EQ, store_text(STR("unicode"))};
    return store_delete(c, sys_table(SYS_TABLE_STATE), &where, 1, NULL, err);
}
static crm_status to_nowhere(struct store_conn *c, struct err *err) {
    (void)to_next(c, err);
    return err_set(err, CRM_TIMEOUT, &(const struct err_text){"cut", {"cut", "cut"}}, NULL);
}

/* A copy is kept that restores to what was there; a step that fails leaves the database as it was.
 */
static void a_copy_is_kept_before_an_upgrade(void **state) {
    static const store_upgrade_fn good[] = {NULL, NULL, NULL, to_next},
                                  bad[] = {NULL, NULL, NULL, to_nowhere};
    const int64_t known = store_sys_known();
    const struct store_versions next = {known + 1, good, NULL}, cut = {known + 1, bad, NULL},
                                same = {known, NULL, NULL};
    assert_int_equal(known, 4); /* a place in the lists above for every version there is */
    struct test_store t, to;
    struct backup_facts facts;
    int64_t version = 0;
    test_store_open_company(&t, test_engine(state));
    fill(&t);
    struct str before = contents_of(&t),
               path = store_copy_path(store_data_dir(t.store), known, &t.arena);
    assert_ok(&t, store_bring_up(t.store, t.writer, &same, &t.err));
    assert_int_not_equal(access(path.ptr, F_OK), 0); /* nothing was to be done */
    assert_int_equal(store_bring_up(t.store, t.writer, &cut, &t.err), CRM_TIMEOUT);
    assert_ok(&t, store_sys_version(t.reader, &version, &t.err));
    assert_int_equal(version, known);
    assert_true(str_eq(contents_of(&t), before));
    assert_ok(&t, store_bring_up(t.store, t.writer, &next, &t.err));
    assert_ok(&t, store_sys_version(t.reader, &version, &t.err));
    assert_int_equal(version, known + 1);
    assert_int_equal(store_bring_up(t.store, t.writer, &same, &t.err), CRM_UNSUPPORTED);
    assert_string_equal(t.err.text.code, "database_newer");
    int fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    open_place(&to, test_engine(state));
    assert_ok(&to, backup_load(fd, to.writer, NULL, &facts, &to.err));
    assert_ok(&to, store_load_done(to.writer, false, &to.err));
    assert_true(str_eq(contents_of(&to), before));
    close(fd);
    test_store_close(&to);
    test_store_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_restore_is_the_same_on_both_engines),
        ON_BOTH(a_copy_comes_back_as_it_was),
        ON_BOTH(work_goes_on_while_a_snapshot_is_kept),
        ON_SQLITE(whatever_was_changed_is_found),
        ON_SQLITE(another_file_is_no_backup),
        ON_BOTH(a_stream_is_not_believed),
        ON_BOTH(what_is_dumped_stays_whole),
        ON_BOTH(what_is_unfinished_is_refused),
        ON_BOTH(a_copy_is_kept_before_an_upgrade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
