/* JSON in: refused with a place, or a tree within the limits whose texts are valid UTF-8 without
 * NUL; what our writer makes of it reads back as the same. */
#include "fuzz.h"

#include "base/json.h"
#include "base/unicode.h"

static const struct json_limits limits = {
    .max_bytes = 1 << 20, .max_depth = 32, .max_elements = 10000};

static void write_tree(struct json_writer *w, const json_t *j, size_t depth) {
    HOLDS(depth <= limits.max_depth);
    const char *key;
    json_t *item;
    size_t at;
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        json_object_open(w);
        json_object_foreach((json_t *)(uintptr_t)j, key, item) {
            json_key(w, str_from(key));
            write_tree(w, item, depth + 1);
        }
        json_object_shut(w);
        break;
    case JSON_ARRAY:
        json_array_open(w);
        json_array_foreach(j, at, item) write_tree(w, item, depth + 1);
        json_array_shut(w);
        break;
    case JSON_STRING:
        HOLDS(utf8_valid(json_str(j)));
        json_text(w, json_str(j));
        break;
    case JSON_INTEGER:
        json_int64(w, json_integer_value(j));
        break;
    case JSON_TRUE:
        json_bool(w, true);
        break;
    case JSON_FALSE:
        json_bool(w, false);
        break;
    default:
        json_nil(w); /* reals are written by nobody */
    }
}

static bool has_real(const json_t *j) {
    const char *key;
    json_t *item;
    size_t at;
    bool found = json_is_real(j);
    json_object_foreach((json_t *)(uintptr_t)j, key, item) found = found || has_real(item);
    if (json_is_array(j)) json_array_foreach(j, at, item) found = found || has_real(item);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    json_t *root = NULL, *again = NULL;
    struct err err;
    err_clear(&err);
    crm_status status = json_parse(str_make((const char *)bytes, len), &limits, &root, &err);
    HOLDS((status == CRM_OK) == (root != NULL));
    HOLDS(status == CRM_OK || status == CRM_INVALID || status == CRM_TOO_LARGE);
    if (!root) return 0;
    struct buf out;
    struct json_writer w;
    buf_init(&out, 8u << 20);
    json_writer_init(&w, &out);
    write_tree(&w, root, 0);
    if (out.status == CRM_OK && out.len <= limits.max_bytes) {
        HOLDS(json_parse(buf_str(&out), &limits, &again, &err) == CRM_OK);
        HOLDS(has_real(root) || json_equal(root, again));
    }
    json_decref(again);
    json_decref(root);
    buf_fini(&out);
    return 0;
}
