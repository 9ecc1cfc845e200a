/* JSON read by jansson, behind limits that are checked on the text first: a tree costs up to 75
 * times its text, so depth and elements are counted before anything is allocated. */
#include "base/json.h"

#include <stdio.h>

#include "base/messages.h"

const struct json_limits json_limits_default = {
    .max_bytes = 1024 * 1024, .max_depth = 32, .max_elements = 10000};

struct count {
    size_t depth, deepest, elements;
};

/* Skips a string that begins at `at`; returns the place behind its closing quote or the end. */
static size_t string_end(struct str text, size_t at) {
    for (at++; at < text.len; at++) {
        if (text.ptr[at] == '\\') {
            at++;
        } else if (text.ptr[at] == '"') {
            return at + 1;
        }
    }
    return text.len;
}

/* Elements are values and keys' values: one for each comma and for each non-empty container. What
 * is malformed is miscounted at worst and refused by the parser. */
static struct count count_of(struct str text, const struct json_limits *limits) {
    struct count c = {0, 0, 0};
    bool fresh = false; /* directly behind an opening bracket */
    for (size_t at = 0; at < text.len;) {
        char byte = text.ptr[at];
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            at++;
            continue;
        }
        bool opens = byte == '[' || byte == '{', shuts = byte == ']' || byte == '}';
        if (byte == ',' || (fresh && !shuts)) c.elements++;
        fresh = opens;
        if (opens && ++c.depth > c.deepest) c.deepest = c.depth;
        if (shuts && c.depth > 0) c.depth--;
        if (c.deepest > limits->max_depth || c.elements > limits->max_elements) return c;
        at = byte == '"' ? string_end(text, at) : at + 1;
    }
    return c;
}

static crm_status too_large(struct str text, const struct json_limits *limits, struct err *err) {
    char size[24], allowed[24];
    snprintf(size, sizeof size, "%zu", text.len);
    snprintf(allowed, sizeof allowed, "%zu", limits->max_bytes);
    return err_set(err, CRM_TOO_LARGE, &base_json_too_large, size, allowed, NULL);
}

static crm_status limits_check(struct str text, const struct json_limits *limits, struct err *err) {
    if (text.len > limits->max_bytes) return too_large(text, limits, err);
    struct count c = count_of(text, limits);
    char allowed[24];
    if (c.deepest > limits->max_depth) {
        snprintf(allowed, sizeof allowed, "%zu", limits->max_depth);
        return err_set(err, CRM_TOO_LARGE, &base_json_too_deep, allowed, NULL);
    }
    if (c.elements > limits->max_elements) {
        snprintf(allowed, sizeof allowed, "%zu", limits->max_elements);
        return err_set(err, CRM_TOO_LARGE, &base_json_too_many, allowed, NULL);
    }
    return CRM_OK;
}

static const struct err_text *text_of(enum json_error_code code) {
    switch (code) {
    case json_error_duplicate_key:
        return &base_json_duplicate;
    case json_error_invalid_utf8:
        return &base_json_utf8;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return &base_json_nul;
    default:
        return &base_json_malformed;
    }
}

crm_status json_parse(struct str text, const struct json_limits *limits, json_t **ret,
                      struct err *err) {
    if (!limits) limits = &json_limits_default;
    crm_status status = limits_check(text, limits, err);
    if (status != CRM_OK) return status;
    json_error_t error;
    json_t *tree = json_loadb(text.ptr ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (tree) {
        *ret = tree;
        return CRM_OK;
    }
    if (json_error_code(&error) == json_error_out_of_memory) return err_no_memory(err);
    char line[16], column[16];
    snprintf(line, sizeof line, "%d", error.line > 0 ? error.line : 1);
    snprintf(column, sizeof column, "%d", error.column > 0 ? error.column : 1);
    err_set(err, CRM_INVALID, text_of(json_error_code(&error)), line, column, NULL);
    err_because(err, "%s", error.text);
    return CRM_INVALID;
}

struct str json_str(const json_t *string) {
    if (!json_is_string(string)) return STR_NONE;
    return str_make(json_string_value(string), json_string_length(string));
}
