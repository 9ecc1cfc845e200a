/* Stored imports: see import_store.h. Kept facts: "import/<id>/asked",
 * "import/<id>/rejects/<piece>[/<part>]", and "once/<user>/<key>" for a day. */
#include "import_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "import_state.h"

enum {
    KEY_BYTES = 96,
    RECORD_BYTES_MAX = 512 * 1024,
    GUARD_MS = 15000,
    JOB_ARENA_BYTES = 64 * 1024 * 1024,
    REJECTS_ARENA_BYTES = 4 * 1024 * 1024,
    ONCE_MS = 86400000,
    ONCE_KEY_BYTES = 320
};
static const char job_kind[] = "base.import";

static const struct crm_text running = {"import_running", "This import is running already.",
                                        "Этот импорт уже выполняется."};
static const struct crm_text key_reused = {
    "idempotency_key_reused", "This Idempotency-Key was used with another request.",
    "Этот Idempotency-Key уже использован с другим запросом."};
static const struct crm_text key_long = {"idempotency_key_long", "The Idempotency-Key is too long.",
                                         "Слишком длинный Idempotency-Key."};
static const struct crm_text no_import = {"not_found", "There is no such import.",
                                          "Такого импорта нет."};

static const struct crm_text ended = {
    "stopped", "The import was stopped. What it had written is there and can be undone.",
    "Импорт остановлен. Что он успел записать, сохранено и может быть отменено."};

void import_store_init(struct import_store *s, struct crm *crm) {
    memset(s, 0, sizeof *s);
    s->crm = crm;
    pthread_mutex_init(&s->mu, NULL);
    pthread_mutex_init(&s->once_mu, NULL);
}

void import_store_fini(struct import_store *s) {
    pthread_mutex_destroy(&s->once_mu);
    pthread_mutex_destroy(&s->mu);
}

/* mu held. */
static struct import_active *slot_of(struct import_store *s, int64_t id) {
    for (size_t i = 0; i < IMPORTS_AT_ONCE; i++)
        if (s->active[i].id == id) return &s->active[i];
    return NULL;
}

/* Replaces `from` by `to` among the active ones; false when there is no `from`. */
static bool exchange(struct import_store *s, int64_t from, int64_t to) {
    pthread_mutex_lock(&s->mu);
    struct import_active *slot = slot_of(s, from);
    if (slot && from != to) *slot = (struct import_active){.id = to};
    pthread_mutex_unlock(&s->mu);
    return slot != NULL;
}

bool import_store_is_active(struct import_store *s, int64_t id) { return exchange(s, id, id); }

bool import_store_active(struct import_store *s, int64_t id, struct import_active *ret) {
    pthread_mutex_lock(&s->mu);
    const struct import_active *slot = slot_of(s, id);
    if (slot) *ret = *slot;
    pthread_mutex_unlock(&s->mu);
    return slot != NULL;
}

bool import_store_stop(struct import_store *s, int64_t id) {
    pthread_mutex_lock(&s->mu);
    struct import_active *slot = slot_of(s, id);
    if (slot) slot->stop = true;
    pthread_mutex_unlock(&s->mu);
    return slot != NULL;
}

/* Passes on what the import tells, and keeps it for who looks. */
struct watched {
    struct import_store *store;
    int64_t id;
    const struct import_progress *further; /* or NULL */
};

static void tell_watched(void *ctx, const struct import_result *so_far, int64_t bytes_done,
                         int64_t bytes) {
    struct watched *w = ctx;
    pthread_mutex_lock(&w->store->mu);
    struct import_active *slot = slot_of(w->store, w->id);
    if (slot) {
        slot->rows = so_far->rows;
        slot->rejected = so_far->rejected;
        slot->bytes_done = bytes_done;
    }
    pthread_mutex_unlock(&w->store->mu);
    if (w->further && w->further->tell)
        w->further->tell(w->further->ctx, so_far, bytes_done, bytes);
}

static bool is_told_to_stop(struct watched *w) {
    struct import_active now = {0};
    return import_store_active(w->store, w->id, &now) && now.stop;
}

static bool stopping_watched(void *ctx) {
    struct watched *w = ctx;
    return is_told_to_stop(w) ||
           (w->further && w->further->stopping && w->further->stopping(w->further->ctx));
}

static struct crm_str key_of(char *memory, int64_t id, const char *what) {
    int len = snprintf(memory, KEY_BYTES, "import/%lld/%s", (long long)id, what);
    return crm_str_make(memory, (size_t)len);
}

static struct crm_str rejects_key(char *memory, int64_t id, uint64_t piece, unsigned part) {
    int len = snprintf(memory, KEY_BYTES, "import/%lld/rejects/%llu", (long long)id,
                       (unsigned long long)piece);
    if (part > 0) len += snprintf(memory + len, (size_t)(KEY_BYTES - len), "/%u", part);
    return crm_str_make(memory, (size_t)len);
}

/* ---- the record as JSON -------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    {"entity", offsetof(struct import_record, options.entity)},
    {"file_name", offsetof(struct import_record, options.file_name)},
    {"map", offsetof(struct import_record, options.map)},
    {"key", offsetof(struct import_record, options.key)},
    {"values", offsetof(struct import_record, options.values)},
    {"scale", offsetof(struct import_record, options.scale)},
    {"date_order", offsetof(struct import_record, options.date_order)},
    {"encoding", offsetof(struct import_record, options.encoding)},
    {"delimiter", offsetof(struct import_record, options.delimiter)},
    {"sheet", offsetof(struct import_record, options.sheet)},
    {"currency", offsetof(struct import_record, options.currency)},
    {"error", offsetof(struct import_record, error)},
};

static struct crm_str *text_at(struct import_record *r, size_t i) {
    return (struct crm_str *)(void *)((char *)r + texts[i].offset);
}

static void put_int(const struct crm_base *base, struct crm_json *out, const char *name,
                    int64_t n) {
    base->json_key(out, crm_str_from(name));
    base->json_id(out, n);
}

static void write_record(const struct crm_base *base, struct crm_json *out,
                         struct import_record *r) {
    static const char hex[] = "0123456789abcdef";
    char digest[64];
    base->json_object_open(out);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        base->json_key(out, crm_str_from(texts[i].name));
        base->json_text(out, *text_at(r, i));
    }
    for (size_t i = 0; i < 32; i++) {
        digest[2 * i] = hex[r->sha256[i] >> 4];
        digest[2 * i + 1] = hex[r->sha256[i] & 15];
    }
    base->json_key(out, CRM_STR("sha256"));
    base->json_text(out, crm_str_make(digest, sizeof digest));
    put_int(base, out, "user", r->user);
    put_int(base, out, "door", r->door + 1);
    put_int(base, out, "bytes", r->bytes);
    put_int(base, out, "mode", (int64_t)r->options.mode + 1);
    put_int(base, out, "unknown", (int64_t)r->options.unknown + 1);
    base->json_key(out, CRM_STR("automations"));
    base->json_bool(out, r->options.automations);
    base->json_key(out, CRM_STR("done"));
    base->json_bool(out, r->is_done);
    base->json_object_shut(out);
}

static crm_status save(struct import_store *s, struct crm_arena *a, struct import_record *r,
                       struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_buf *text = s->crm->base->buf_new(RECORD_BYTES_MAX);
    struct crm_json *out = text ? s->crm->base->json_new(a, text) : NULL;
    if (out) write_record(s->crm->base, out, r);
    crm_status status = out && s->crm->base->buf_status(text) == CRM_OK
                            ? s->crm->file->state_put(s->crm->host, key_of(memory, r->id, "asked"),
                                                      s->crm->base->buf_str(text), 0, err)
                            : s->crm->base->error_no_memory(err);
    if (text) s->crm->base->buf_free(text);
    return status;
}

static int64_t get_int(const struct crm_base *base, const struct crm_json_value *root,
                       const char *name) {
    int64_t n = 0;
    base->int64_parse(base->json_text_of(base->json_get(root, name)), &n);
    return n;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

crm_status import_store_load(struct import_store *s, int64_t id, struct crm_arena *a,
                             struct import_record *ret, struct crm_error *err) {
    const struct crm_base *base = s->crm->base;
    char memory[KEY_BYTES];
    struct crm_str text;
    struct crm_json_value *root = NULL;
    memset(ret, 0, sizeof *ret);
    crm_status status =
        s->crm->file->state_get(s->crm->host, key_of(memory, id, "asked"), a, &text, err);
    if (status != CRM_OK) return status;
    if (text.len == 0) return base->error_set(err, CRM_NOT_FOUND, &no_import, NULL, 0);
    status = base->json_parse(text, &root, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *text_at(ret, i) =
            base->arena_str(a, base->json_text_of(base->json_get(root, texts[i].name)));
    struct crm_str digest = base->json_text_of(base->json_get(root, "sha256"));
    for (size_t i = 0; digest.len == 64 && i < 32; i++)
        ret->sha256[i] =
            (uint8_t)(hex_digit(digest.ptr[2 * i]) << 4 | hex_digit(digest.ptr[2 * i + 1]));
    ret->id = id;
    ret->user = get_int(base, root, "user");
    ret->door = (int32_t)get_int(base, root, "door") - 1;
    ret->bytes = get_int(base, root, "bytes");
    ret->options.mode = (enum import_mode)(get_int(base, root, "mode") - 1);
    ret->options.unknown = (enum import_unknown)(get_int(base, root, "unknown") - 1);
    ret->options.automations = base->json_bool_of(base->json_get(root, "automations"), false);
    ret->is_done = base->json_bool_of(base->json_get(root, "done"), false);
    base->json_free(root);
    return CRM_OK;
}

/* ---- keeping and running -----------------------------------------------------------------------
 */

static crm_status enqueue(struct import_store *s, const struct import_record *r, int64_t run_at_ms,
                          struct crm_error *err) {
    char payload[64], dedupe[64];
    int len = snprintf(payload, sizeof payload, "{\"import\":\"%lld\"}", (long long)r->id);
    int dedupe_len =
        snprintf(dedupe, sizeof dedupe, "import/%lld/%lld", (long long)r->id, (long long)run_at_ms);
    int64_t job;
    struct crm_job_options options = {.size = sizeof options,
                                      .kind = job_kind,
                                      .user = r->user,
                                      .run_at_ms = run_at_ms,
                                      .payload = crm_str_make(payload, (size_t)len),
                                      .dedupe = crm_str_make(dedupe, (size_t)dedupe_len)};
    return s->crm->job->enqueue(s->crm->host, &options, &job, err);
}

crm_status import_store_add(struct import_store *s, struct crm_arena *a,
                            struct import_record *record, bool run_now, struct crm_error *err) {
    record->id = s->crm->base->id_next(s->crm->host);
    crm_status status = save(s, a, record, err);
    return status == CRM_OK
               ? enqueue(s, record, run_now ? 0 : s->crm->base->now_ms() + GUARD_MS, err)
               : status;
}

static bool is_same(const struct import_record *kept, const struct import_record *wanted) {
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].offset != offsetof(struct import_record, error) &&
            !crm_str_eq(*text_at((struct import_record *)(uintptr_t)kept, i),
                        *text_at((struct import_record *)(uintptr_t)wanted, i)))
            return false;
    return memcmp(kept->sha256, wanted->sha256, sizeof kept->sha256) == 0 &&
           kept->options.mode == wanted->options.mode &&
           kept->options.unknown == wanted->options.unknown &&
           kept->options.automations == wanted->options.automations;
}

/* The import that the key stands for, with its job, which a kill may have kept from being queued.
 */
static crm_status repeat(struct import_store *s, struct crm_arena *a, int64_t id,
                         struct import_record *record, struct crm_error *err) {
    struct import_record kept;
    crm_status status = import_store_load(s, id, a, &kept, err);
    if (status != CRM_OK) return status;
    if (!is_same(&kept, record))
        return s->crm->base->error_set(err, CRM_CONFLICT, &key_reused, NULL, 0);
    *record = kept;
    return kept.is_done || import_store_is_active(s, id) ? CRM_OK : enqueue(s, record, 0, err);
}

static crm_status add_under(struct import_store *s, struct crm_arena *a, struct crm_str once,
                            struct import_record *record, struct crm_error *err) {
    char id[24];
    record->id = s->crm->base->id_next(s->crm->host);
    int len = snprintf(id, sizeof id, "%lld", (long long)record->id);
    crm_status status = save(s, a, record, err);
    if (status == CRM_OK)
        status = s->crm->file->state_put(s->crm->host, once, crm_str_make(id, (size_t)len),
                                         s->crm->base->now_ms() + ONCE_MS, err);
    return status == CRM_OK ? enqueue(s, record, 0, err) : status;
}

crm_status import_store_add_once(struct import_store *s, struct crm_arena *a, struct crm_str key,
                                 struct import_record *record, struct crm_error *err) {
    char memory[ONCE_KEY_BYTES];
    struct crm_str text;
    int64_t id;
    if (key.len == 0) return import_store_add(s, a, record, true, err);
    int len = snprintf(memory, sizeof memory, "once/%lld/%.*s", (long long)record->user,
                       (int)key.len, key.ptr);
    if (len < 0 || (size_t)len >= sizeof memory)
        return s->crm->base->error_set(err, CRM_INVALID, &key_long, NULL, 0);
    struct crm_str once = crm_str_make(memory, (size_t)len);
    pthread_mutex_lock(&s->once_mu);
    crm_status status = s->crm->file->state_get(s->crm->host, once, a, &text, err);
    if (status == CRM_OK)
        status = s->crm->base->id_parse(text, &id) ? repeat(s, a, id, record, err)
                                                   : add_under(s, a, once, record, err);
    pthread_mutex_unlock(&s->once_mu);
    return status;
}

struct blob_source {
    const struct crm_file *file;
    struct crm_file_reader *reader;
    int64_t offset;
};

static crm_status read_blob(void *ctx, void *ret, size_t max, size_t *ret_len,
                            struct crm_error *err) {
    struct blob_source *b = ctx;
    crm_status status = b->file->read(b->reader, b->offset, ret, max, ret_len, err);
    if (status == CRM_OK) b->offset += (int64_t)*ret_len;
    return status;
}

static crm_status read_blob_at(void *ctx, int64_t offset, void *ret, size_t max, size_t *ret_len,
                               struct crm_error *err) {
    struct blob_source *b = ctx;
    return b->file->read(b->reader, offset, ret, max, ret_len, err);
}

struct kept_rejects {
    struct import_store *store;
    int64_t id;
};

static crm_status keep_rejects(void *ctx, uint64_t piece, unsigned part, struct crm_str lines,
                               struct crm_error *err) {
    struct kept_rejects *k = ctx;
    const struct crm *crm = k->store->crm;
    char memory[KEY_BYTES];
    return crm->file->state_put(crm->host, rejects_key(memory, k->id, piece, part), lines, 0, err);
}

/* Failures of the whole are kept in words; stops and passing troubles leave the import to be
 * resumed. */
static bool is_final(crm_status status) {
    return status != CRM_CANCELLED && status != CRM_UNAVAILABLE && status != CRM_TIMEOUT &&
           status != CRM_NO_MEMORY && status != CRM_IO && status != CRM_STALE;
}

static crm_status finish(struct import_store *s, struct crm_view *view, struct crm_arena *a,
                         struct import_record *record, crm_status status, struct crm_error *err) {
    struct crm_error kept;
    if (status != CRM_OK && !is_final(status)) return status;
    if (status != CRM_OK) {
        struct crm_actor_facts actor = {.size = sizeof actor};
        struct crm_buf *text = s->crm->base->buf_new(4096);
        s->crm->record->actor(view, &actor);
        if (text) {
            s->crm->base->error_format(err, actor.language, text);
            record->error = s->crm->base->arena_str(a, s->crm->base->buf_str(text));
            s->crm->base->buf_free(text);
        }
    }
    record->is_done = true;
    crm_status saved = save(s, a, record, &kept);
    if (status == CRM_OK && saved != CRM_OK) s->crm->base->error_copy(err, &kept);
    return status != CRM_OK ? status : saved;
}

crm_status import_store_run(struct import_store *s, struct crm_view *view, struct crm_arena *a,
                            struct import_record *record, const struct import_progress *progress,
                            const struct import_sink *rejects, struct import_result *ret,
                            struct crm_error *err) {
    struct blob_source blob = {.file = s->crm->file};
    struct kept_rejects kept = {s, record->id};
    struct watched watched = {s, record->id, progress};
    struct import_run run = {
        .crm = s->crm, .view = view, .id = record->id, .options = record->options};
    memset(ret, 0, sizeof *ret);
    if (import_store_is_active(s, record->id) || !exchange(s, 0, record->id))
        return s->crm->base->error_set(err, CRM_CONFLICT, &running, NULL, 0);
    crm_status status =
        s->crm->file->open(s->crm->host, record->sha256, &blob.reader, &record->bytes, err);
    if (status == CRM_OK) {
        run.source = (struct import_source){read_blob, &blob, record->bytes, read_blob_at};
        run.rejects =
            rejects && rejects->write ? *rejects : (struct import_sink){keep_rejects, &kept};
        run.progress = (struct import_progress){tell_watched, stopping_watched, &watched};
        status = import_run(&run, a, ret, err);
        s->crm->file->close(blob.reader);
    }
    bool for_good = status == CRM_CANCELLED && is_told_to_stop(&watched);
    if (for_good) status = s->crm->base->error_set(err, CRM_REFUSED, &ended, NULL, 0);
    status = finish(s, view, a, record, status, err);
    exchange(s, record->id, 0);
    return status;
}

crm_status import_store_rejects(struct import_store *s, int64_t id, struct crm_arena *a,
                                crm_status (*fn)(void *ctx, struct crm_str lines,
                                                 struct crm_error *err),
                                void *ctx, struct crm_error *err) {
    struct import_state state;
    struct crm_arena *kept = s->crm->base->arena_new(REJECTS_ARENA_BYTES);
    if (!kept) return s->crm->base->error_no_memory(err);
    crm_status status = import_state_load(s->crm, id, a, &state, err);
    for (uint64_t piece = 0; status == CRM_OK && piece <= state.pieces_done; piece++) {
        struct crm_str lines = {"", 1};
        for (unsigned part = 0; status == CRM_OK && lines.len > 0; part++) {
            char memory[KEY_BYTES];
            s->crm->base->arena_reset(kept);
            status = s->crm->file->state_get(s->crm->host, rejects_key(memory, id, piece, part),
                                             kept, &lines, err);
            if (status == CRM_OK && lines.len > 0) status = fn(ctx, lines, err);
        }
    }
    import_state_fini(&state);
    s->crm->base->arena_free(kept);
    return status;
}

/* ---- the job
 * -------------------------------------------------------------------------------------- */

struct job_progress {
    const struct crm *crm;
    struct crm_job *job;
};

static void tell_job(void *ctx, const struct import_result *so_far, int64_t bytes_done,
                     int64_t bytes) {
    struct job_progress *p = ctx;
    char text[160];
    int len = snprintf(text, sizeof text,
                       "{\"rows\":%lld,\"rejected\":%lld,\"bytes_done\":%lld,\"bytes\":%lld}",
                       (long long)so_far->rows, (long long)so_far->rejected, (long long)bytes_done,
                       (long long)bytes);
    p->crm->job->progress(p->job, crm_str_make(text, (size_t)len));
}

static bool job_is_stopping(void *ctx) {
    return ((struct job_progress *)ctx)->crm->job->stopping(((struct job_progress *)ctx)->job);
}

static crm_status read_payload(struct import_store *s, struct crm_job *job, int64_t *ret_id,
                               struct crm_error *err) {
    struct crm_json_value *root = NULL;
    crm_status status = s->crm->base->json_parse(s->crm->job->payload(job), &root, err);
    if (status != CRM_OK) return status;
    bool good = s->crm->base->id_parse(
        s->crm->base->json_text_of(s->crm->base->json_get(root, "import")), ret_id);
    s->crm->base->json_free(root);
    return good ? CRM_OK : s->crm->base->error_internal(err, "an import job without its import");
}

static crm_status run_as(struct import_store *s, struct crm_job *job, struct import_record *record,
                         struct crm_arena *a, struct crm_error *err) {
    struct job_progress progress = {s->crm, job};
    struct import_progress callbacks = {tell_job, job_is_stopping, &progress};
    struct crm_view_options options = {
        .size = sizeof options, .door = CRM_DOOR_IMPORT, .user = record->user};
    struct crm_view *view;
    struct import_result result;
    crm_status status = s->crm->record->view_open(s->crm->host, &options, &view, err);
    if (status != CRM_OK) return status;
    status = import_store_run(s, view, a, record, &callbacks, NULL, &result, err);
    s->crm->record->view_close(view);
    return status;
}

/* Behind a command that is still at work the job only comes again later. */
static crm_status run_job(void *ctx, struct crm_job *job, struct crm_error *err) {
    struct import_store *s = ctx;
    struct crm_arena *a = s->crm->base->arena_new(JOB_ARENA_BYTES);
    struct import_record record;
    int64_t id = 0;
    if (!a) return s->crm->base->error_no_memory(err);
    crm_status status = read_payload(s, job, &id, err);
    if (status == CRM_OK) status = import_store_load(s, id, a, &record, err);
    if (status == CRM_OK && !record.is_done)
        status = import_store_is_active(s, id)
                     ? enqueue(s, &record, s->crm->base->now_ms() + GUARD_MS, err)
                     : run_as(s, job, &record, a, err);
    s->crm->base->arena_free(a);
    return status;
}

crm_status import_store_register(struct import_store *s, struct crm_error *err) {
    struct crm_job_kind kind = {
        .size = sizeof kind, .kind = job_kind, .attempts = 1000, .run = run_job, .ctx = s};
    return s->crm->job->kind_add(s->crm->host, &kind, err);
}
