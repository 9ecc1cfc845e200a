/* The session of the fault programs; see session.h. */
#include "session.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "record/plan.h"
#include "script/definitions.h"
#include "store/sys_tables.h"

enum { SESSION_BYTES = 256 * 1024 * 1024, KEY_BYTES = 96, PATH_BYTES = 512 };

static const char definitions[] =
    "directory 'branch' { label = 'Branches', items = { { code = 'retail', label = 'Retail' }, { "
    "code = 'health', label = 'Health' } } }\n"
    "entity 'customer' { label = 'Customer', title = 'name', fields = {\n"
    "  name = text { required = true, search = true, sort = true }, code = text { unique = true }, "
    "branch = choice 'branch' {},\n"
    "  number = integer {}, twice = formula('number * 2') {}, emails = emails { search = true },\n"
    "  deals = rollup { of = 'deal', by = 'customer', value = 'count()' } },\n"
    "  rules = { { when = 'number ~= nil and number < 0', refuse = 'number', message = 'Not below "
    "zero' } } }\n"
    "entity 'deal' { label = 'Deal', title = 'name', pipeline = { closed = 'closed_on', since = "
    "'since' }, fields = {\n"
    "  name = text { required = true, search = true }, customer = ref 'customer' {}, amount = "
    "money {}, closed_on = date {}, since = time {},\n"
    "  serial = series 'deals' {} } }\n"
    "pipeline 'deal' { name = 'Sales', stages = { { name = 'New', probability = 10 }, { name = "
    "'Won', kind = 'won', probability = 100 } } }\n"
    "role 'admin' { admin = true }\n";

/* ---- opening ------------------------------------------------------------------------------------
 */

static crm_status apply_definitions(struct session *s) {
    const struct script_source source = {STR("session.lua"), {definitions, sizeof definitions - 1}};
    struct schema_definitions *d = NULL;
    struct schema_registry registry = {0};
    struct schema_plan plan = {0};
    crm_status status = schema_definitions_new(&d, &s->err);
    if (status != CRM_OK) return status;
    status = script_definitions_load_kernel(d, &s->err);
    if (status == CRM_OK)
        status =
            script_definitions_load(d, SCHEMA_LAYER_MODULE, STR("session"), &source, 1, &s->err);
    if (status == CRM_OK) status = engine_registry(s->engine, &s->arena, &registry, &s->err);
    if (status == CRM_OK) status = schema_plan_make(&s->arena, d, &registry, 1, &plan, &s->err);
    if (status == CRM_OK) {
        status = engine_schema_apply(s->engine, &plan, &s->err);
        schema_plan_fini(&plan);
    }
    schema_definitions_free(d);
    return status;
}

static void session_init(struct session *s, const char *dir) {
    memset(s, 0, sizeof *s);
    s->dir = dir;
    arena_init(&s->arena, SESSION_BYTES);
    engine_actor_system(ACCESS_DOOR_REST, &s->actor);
}

static crm_status session_ready(struct session *s, crm_status status) {
    if (status == CRM_OK) status = engine_reader_open(s->engine, &s->reader, &s->err);
    if (status == CRM_OK) s->schema = engine_schema(s->engine);
    if (status != CRM_OK) session_close(s);
    return status;
}

crm_status session_open(struct session *s, const char *dir, const char *vfs, bool create) {
    session_init(s, dir);
    const struct engine_options options = {.store = {.data_dir = str_from(dir),
                                                     .sqlite_vfs = vfs,
                                                     .create = create,
                                                     .cache_bytes = 256 * 1024}};
    crm_status status = engine_open(&options, &s->engine, &s->err);
    if (status != CRM_OK) s->engine = NULL;
    if (status == CRM_OK) status = apply_definitions(s);
    return session_ready(s, status);
}

crm_status session_join(struct session *s, struct session *host) {
    session_init(s, host->dir);
    s->engine = host->engine;
    s->is_guest = true;
    return session_ready(s, CRM_OK);
}

void session_close(struct session *s) {
    store_conn_close(s->reader);
    s->reader = NULL;
    s->schema = schema_unref(s->schema);
    if (!s->is_guest) engine_close(s->engine);
    s->engine = NULL;
    arena_fini(&s->arena);
}

/* ---- writing ------------------------------------------------------------------------------------
 */

static const struct schema_entity *entity(const struct session *s, const char *name) {
    return schema_find(s->schema, str_from(name));
}

static bool put(struct changeset *c, struct record_op *op, const char *field, struct value v) {
    return op && record_op_set(c, op, schema_field_find(op->entity, str_from(field))->slot, v);
}

static struct value text_of(struct session *s, const char *format, const char *key, long number) {
    char memory[KEY_BYTES];
    snprintf(memory, sizeof memory, format, key, number);
    return value_text(arena_str(&s->arena, str_from(memory)));
}

/* The same key and body give the same answer. */
static crm_status once(struct session *s, struct changeset *c, const char *key, long number) {
    struct digest *body = ARENA_NEW(&s->arena, struct digest);
    struct value name = text_of(s, "%s/%ld", key, number);
    if (!body || !name.text.ptr) return err_no_memory(&s->err);
    sha256_of(name.text, body);
    c->idempotency_key = name.text;
    c->idempotency_route = STR("session");
    c->idempotency_body = body;
    return CRM_OK;
}

static struct changeset *begin(struct session *s) {
    struct changeset *c = ARENA_NEW(&s->arena, struct changeset);
    if (c) changeset_init(c, &s->arena, s->schema, &s->actor);
    return c;
}

/* Commits, or drops what could not be built. */
static crm_status commit(struct session *s, struct changeset *c, bool built,
                         struct changeset_result *ret) {
    struct err_list errors = {0};
    if (!c) return err_no_memory(&s->err);
    crm_status status = built ? changeset_commit(s->engine, NULL, c, ret, &errors, &s->err)
                              : err_no_memory(&s->err);
    changeset_fini(c);
    return status;
}

static bool fill_customer(struct session *s, struct changeset *c, struct record_op *op,
                          const char *format, const char *key, long number) {
    struct value name = text_of(s, "Customer %s", key, 0), code = text_of(s, format, key, number);
    struct store_item *mail = ARENA_NEW(&s->arena, struct store_item);
    if (!op || !mail || !name.text.ptr || !code.text.ptr) return false;
    *mail = (struct store_item){.value = text_of(s, "%s@example.com", key, 0)};
    return mail->value.text.ptr && put(c, op, "name", name) && put(c, op, "code", code) &&
           record_op_items(c, op, schema_field_find(op->entity, STR("emails"))->slot,
                           RECORD_ITEMS_REPLACE, mail, 1);
}

crm_status session_create(struct session *s, const char *key, struct stored *ret) {
    struct changeset *c = begin(s);
    struct changeset_result result = {0};
    struct record_op *op = c ? changeset_create(c, s->engine, entity(s, "customer")) : NULL;
    int64_t id = op ? op->id : 0;
    bool built = op && fill_customer(s, c, op, "%s", key, 0) && put(c, op, "number", value_int(0));
    struct record_op *deal = built ? changeset_create(c, s->engine, entity(s, "deal")) : NULL;
    struct value name = text_of(s, "Deal %s", key, 0);
    built = built && deal && name.text.ptr && put(c, deal, "name", name) &&
            put(c, deal, "customer", value_id(id)) && once(s, c, key, 0) == CRM_OK;
    crm_status status = commit(s, c, built, &result);
    if (status == CRM_OK)
        *ret = (struct stored){.id = result.outcomes[0].id, .version = result.outcomes[0].version};
    return status;
}

crm_status session_update(struct session *s, int64_t id, int64_t number, int64_t *version_io) {
    struct changeset *c = begin(s);
    struct changeset_result result = {0};
    struct record_op *op = c ? changeset_op(c, RECORD_UPDATE, entity(s, "customer"), id) : NULL;
    char key[KEY_BYTES];
    snprintf(key, sizeof key, "u%lld", (long long)id);
    if (op) op->expect_version = *version_io;
    bool built =
        op && put(c, op, "number", value_int(number)) && once(s, c, key, (long)number) == CRM_OK;
    crm_status status = commit(s, c, built, &result);
    if (status == CRM_OK) *version_io = result.outcomes[0].version;
    return status;
}

crm_status session_trash(struct session *s, int64_t id) {
    struct changeset *c = begin(s);
    struct changeset_result result = {0};
    bool built = c && changeset_op(c, RECORD_DELETE, entity(s, "customer"), id);
    return commit(s, c, built, &result);
}

crm_status session_import(struct session *s, const char *key, size_t count, int64_t *parent_io) {
    struct changeset *c = begin(s);
    struct changeset_result result = {0};
    int64_t parent = *parent_io ? *parent_io : changeset_parent_new(s->engine);
    *parent_io = parent; /* of a repetition too, which may find the first one done */
    bool built = c && once(s, c, key, (long)count) == CRM_OK;
    if (c) {
        c->flags = CHANGESET_IMPORT | CHANGESET_BULK | CHANGESET_KEEP_GOING;
        c->part_of = parent;
    }
    for (size_t i = 0; built && i < count; i++) {
        struct record_op *op = changeset_create(c, s->engine, entity(s, "customer"));
        built = op && fill_customer(s, c, op, "%s-%ld", key, (long)i) &&
                put(c, op, "number", value_int(i % 5 == 4 ? -1 : (int64_t)i));
    }
    crm_status status = commit(s, c, built, &result);
    return status;
}

crm_status session_undo(struct session *s, int64_t changeset, size_t *ret_conflicts) {
    struct access access;
    struct undo_result undone = {0};
    access_init(&access, s->schema, &s->actor);
    crm_status status =
        record_undo(s->engine, s->reader, &access, changeset, &s->arena, &undone, &s->err);
    if (status == CRM_OK) *ret_conflicts = undone.conflict_count;
    return status;
}

static crm_status write_note(void *ctx, struct store_conn *writer, struct err *err) {
    struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("session")),
                                               [SYS_STATE_KEY] = store_text(str_from(ctx)),
                                               [SYS_STATE_VALUE] = store_text(STR("noted"))};
    bool is_new = false;
    return store_insert_new(writer, sys_table(SYS_TABLE_STATE), row, &is_new, err);
}

crm_status session_note(struct session *s, const char *key) {
    return engine_write(s->engine, write_note, (void *)(uintptr_t)key, &s->err);
}

/* ---- looking ------------------------------------------------------------------------------------
 */

static void stored_of(const struct schema_entity *e, const struct value *row, struct stored *ret) {
    if (!row) return;
    *ret = (struct stored){.id = row[schema_field_find(e, STR("id"))->slot].integer,
                           .version = row[schema_field_find(e, STR("version"))->slot].integer,
                           .number = row[schema_field_find(e, STR("number"))->slot].integer,
                           .is_trashed = row[schema_field_find(e, STR("deleted_at"))->slot].type !=
                                         VALUE_NIL};
}

struct looking {
    struct session *s;
    const struct schema_entity *e;
    struct str wanted;
    bool is_prefix;
    size_t count;
    struct stored first;
};

static bool look_at(void *ctx, const struct value *row) {
    struct looking *l = ctx;
    struct str code = row[schema_field_find(l->e, STR("code"))->slot].text;
    struct stored stored = {0};
    stored_of(l->e, row, &stored);
    bool matches = l->is_prefix ? !stored.is_trashed && str_starts_with(code, l->wanted)
                                : str_eq(code, l->wanted);
    if (matches && l->count++ == 0) l->first = stored;
    return true;
}

static crm_status look(struct session *s, struct looking *l) {
    l->e = entity(s, "customer");
    crm_status status = store_begin(s->reader, &s->err);
    if (status != CRM_OK) return status;
    status = store_record_each(s->reader, l->e, NULL, 0, 0, true, &s->arena, look_at, l, &s->err);
    store_rollback(s->reader);
    return status;
}

crm_status session_find(struct session *s, const char *key, size_t *ret_count, struct stored *ret) {
    struct looking l = {.s = s, .wanted = str_from(key)};
    crm_status status = look(s, &l);
    *ret_count = l.count;
    *ret = l.first;
    return status;
}

crm_status session_count(struct session *s, const char *prefix, size_t *ret) {
    struct looking l = {.s = s, .wanted = str_from(prefix), .is_prefix = true};
    crm_status status = look(s, &l);
    *ret = l.count;
    return status;
}

crm_status session_get(struct session *s, int64_t id, struct stored *ret) {
    struct value *row = NULL;
    crm_status status = store_begin(s->reader, &s->err);
    if (status != CRM_OK) return status;
    status = store_record_get(s->reader, entity(s, "customer"), id, NULL, &s->arena, &row, &s->err);
    store_rollback(s->reader);
    *ret = (struct stored){0};
    if (status == CRM_OK) stored_of(entity(s, "customer"), row, ret);
    return status;
}

crm_status session_check(struct session *s, int64_t *ret_problems) {
    struct check_report report = {0};
    crm_status status = record_check(s->engine, s->reader, &s->arena, NULL, NULL, &report, &s->err);
    *ret_problems = report.problems;
    if (report.problems) fprintf(stderr, "check: %.*s\n", STR_ARG(report.first_problem));
    return status;
}

void session_say(const struct session *s, const char *what) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, 4096);
    err_format(&s->err, LANGUAGE_EN, &out);
    fprintf(stderr, "%s: %s (%s; %s)\n", what, out.len ? out.ptr : "",
            crm_status_word(s->err.status), s->err.cause);
}

/* ---- folders ------------------------------------------------------------------------------------
 */

void session_folder(char ret[64]) {
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret, 64, "%s/perigee-fault-XXXXXX", memory);
    if (!mkdtemp(ret)) abort();
}

void session_folder_remove(const char *dir) {
    DIR *d = opendir(dir);
    char path[PATH_BYTES];
    for (struct dirent *it; d && (it = readdir(d));) {
        if (strcmp(it->d_name, ".") == 0 || strcmp(it->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", dir, it->d_name);
        if (it->d_type == DT_DIR)
            session_folder_remove(path);
        else
            unlink(path);
    }
    if (d) closedir(d);
    rmdir(dir);
}

static void copy_file(const char *from, const char *to) {
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC),
        out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (in < 0 || out < 0) abort();
    for (ssize_t len; (len = read(in, bytes, sizeof bytes)) > 0;)
        if (write(out, bytes, (size_t)len) != len) abort();
    close(in);
    close(out);
}

void session_folder_copy(const char *from, const char *to) {
    DIR *d = opendir(from);
    char old_path[PATH_BYTES], new_path[PATH_BYTES];
    for (struct dirent *it; d && (it = readdir(d));) {
        if (it->d_type != DT_REG || strstr(it->d_name, "-shm")) continue;
        snprintf(old_path, sizeof old_path, "%s/%s", from, it->d_name);
        snprintf(new_path, sizeof new_path, "%s/%s", to, it->d_name);
        copy_file(old_path, new_path);
    }
    if (d) closedir(d);
}
