/* Checkpoints of an import in the module's kept facts: "import/<id>" and
 * "import/<id>/links/<piece>". */
#include "import_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 96, STATE_BYTES_MAX = 1024 * 1024 };

void import_state_init(struct import_state *s) {
    memset(s, 0, sizeof *s);
    s->links_end = &s->links;
}

void import_state_fini(struct import_state *s) {
    while (s->links) {
        struct import_link *next = s->links->next;
        free((void *)(uintptr_t)s->links->text.ptr);
        free(s->links);
        s->links = next;
    }
}

bool import_state_add_link(struct import_state *s, const struct import_link *link) {
    struct import_link *copy = malloc(sizeof *copy);
    char *text = malloc(link->text.len + 1);
    if (!copy || !text) {
        free(copy);
        free(text);
        return false;
    }
    *copy = *link;
    memcpy(text, link->text.ptr, link->text.len);
    copy->text = crm_str_make(text, link->text.len);
    copy->next = NULL;
    *s->links_end = copy;
    s->links_end = &copy->next;
    return true;
}

static struct crm_str key_of(char *memory, int64_t id, const char *part, uint64_t piece) {
    int len = part ? snprintf(memory, KEY_BYTES, "import/%lld/%s/%llu", (long long)id, part,
                              (unsigned long long)piece)
                   : snprintf(memory, KEY_BYTES, "import/%lld", (long long)id);
    return crm_str_make(memory, (size_t)len);
}

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"parent", offsetof(struct import_state, parent)},
    {"rows_done", offsetof(struct import_state, rows_done)},
    {"pieces_done", offsetof(struct import_state, pieces_done)},
    {"piece_rows", offsetof(struct import_state, piece_rows)},
    {"rows", offsetof(struct import_state, counts.rows)},
    {"created", offsetof(struct import_state, counts.created)},
    {"updated", offsetof(struct import_state, counts.updated)},
    {"skipped", offsetof(struct import_state, counts.skipped)},
    {"rejected", offsetof(struct import_state, counts.rejected)},
    {"changeset", offsetof(struct import_state, counts.changeset)},
};

static int64_t *number_at(struct import_state *s, size_t i) {
    return (int64_t *)(void *)((char *)s + numbers[i].offset);
}

static crm_status put(const struct crm *crm, struct crm_str key, struct crm_buf *text,
                      struct crm_error *err) {
    crm_status status = crm->base->buf_status(text);
    if (status != CRM_OK) return crm->base->error_no_memory(err);
    return crm->file->state_put(crm->host, key, crm->base->buf_str(text), 0, err);
}

static void write_links(const struct crm *crm, struct crm_json *out,
                        const struct import_link *from) {
    crm->base->json_array_open(out);
    for (const struct import_link *link = from; link; link = link->next) {
        crm->base->json_array_open(out);
        crm->base->json_id(out, link->record);
        crm->base->json_int64(out, (int64_t)link->column);
        crm->base->json_bool(out, link->was_skipped);
        crm->base->json_int64(out, (int64_t)link->line);
        crm->base->json_text(out, link->text);
        crm->base->json_array_shut(out);
    }
    crm->base->json_array_shut(out);
}

crm_status import_state_save(const struct crm *crm, int64_t id, struct crm_arena *a,
                             const struct import_state *s, const struct import_link *from,
                             struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_buf *text = crm->base->buf_new(STATE_BYTES_MAX);
    struct crm_json *out = text ? crm->base->json_new(a, text) : NULL;
    crm_status status = CRM_OK;
    if (out && from) {
        write_links(crm, out, from);
        status = put(crm, key_of(memory, id, "links", s->pieces_done), text, err);
        crm->base->buf_clear(text);
        out = crm->base->json_new(a, text);
    }
    if (!out) status = crm->base->error_no_memory(err);
    if (status == CRM_OK) {
        crm->base->json_object_open(out);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            crm->base->json_key(out, crm_str_from(numbers[i].name));
            crm->base->json_id(out, *number_at((struct import_state *)(uintptr_t)s, i));
        }
        crm->base->json_object_shut(out);
        status = put(crm, key_of(memory, id, NULL, 0), text, err);
    }
    if (text) crm->base->buf_free(text);
    return status;
}

static bool read_number(const struct crm_base *base, const struct crm_json_value *v, int64_t *ret) {
    *ret = 0;
    return base->json_type(v) == CRM_JSON_NULL || base->int64_parse(base->json_text_of(v), ret);
}

static crm_status load_links(const struct crm *crm, int64_t id, uint64_t piece, struct crm_arena *a,
                             struct import_state *s, struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_str text;
    struct crm_json_value *root = NULL;
    const struct crm_base *base = crm->base;
    crm_status status =
        crm->file->state_get(crm->host, key_of(memory, id, "links", piece), a, &text, err);
    if (status != CRM_OK || text.len == 0) return status;
    status = base->json_parse(text, &root, err);
    for (size_t i = 0; status == CRM_OK && i < base->json_count(root); i++) {
        const struct crm_json_value *item = base->json_at(root, i);
        struct import_link link = {.was_skipped = base->json_bool_of(base->json_at(item, 2), false),
                                   .text = base->json_text_of(base->json_at(item, 4))};
        int64_t column = 0, line = 0;
        bool good = read_number(base, base->json_at(item, 0), &link.record) &&
                    base->json_int64_of(base->json_at(item, 1), &column) &&
                    base->json_int64_of(base->json_at(item, 3), &line);
        link.column = (size_t)column;
        link.line = (uint64_t)line;
        if (!good || !import_state_add_link(s, &link))
            status = base->error_internal(err, "a kept link of an import cannot be read");
    }
    if (root) base->json_free(root);
    return status;
}

crm_status import_state_load(const struct crm *crm, int64_t id, struct crm_arena *a,
                             struct import_state *ret, struct crm_error *err) {
    char memory[KEY_BYTES];
    struct crm_str text;
    struct crm_json_value *root = NULL;
    import_state_init(ret);
    crm_status status = crm->file->state_get(crm->host, key_of(memory, id, NULL, 0), a, &text, err);
    if (status != CRM_OK || text.len == 0) return status;
    status = crm->base->json_parse(text, &root, err);
    for (size_t i = 0; status == CRM_OK && i < sizeof numbers / sizeof *numbers; i++)
        if (!read_number(crm->base, crm->base->json_get(root, numbers[i].name), number_at(ret, i)))
            status = crm->base->error_internal(err, "the checkpoint of an import cannot be read");
    if (root) crm->base->json_free(root);
    for (uint64_t piece = 0; status == CRM_OK && piece <= ret->pieces_done; piece++)
        status = load_links(crm, id, piece, a, ret, err);
    ret->resumed = status == CRM_OK;
    return status;
}
