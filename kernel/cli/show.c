/* What commands that read share: names, and JSON made readable on a terminal. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/command.h"

enum { CELL_WIDTH = 40, COLUMNS_MAX = 32 };

void cli_say(struct crm_command *c, const struct err_text *text, ...) {
    struct err line;
    struct str args[ERR_ARGS_MAX];
    size_t count = 0;
    va_list list;
    va_start(list, text);
    for (const char *arg; count < ERR_ARGS_MAX && (arg = va_arg(list, const char *));)
        args[count++] = str_from(arg);
    va_end(list);
    err_set_args(&line, CRM_OK, text, args, count);
    BUF_CLEANUP struct buf out;
    buf_init(&out, 8192);
    err_format(&line, c->language, &out);
    command_say(c, "%.*s", STR_ARG(buf_str(&out)));
}

const struct schema_entity *cli_entity(struct crm_command *c, struct str name, struct err *err) {
    const struct schema_entity *e = schema_find(view_schema(c->view), name);
    if (e && access_entity_visible(c->view->record->access, e)) return e;
    err_set_args(err, CRM_NOT_FOUND, &cli_entity_unknown, &name, 1);
    return NULL;
}

/* One line for a value: references by title, money as amount and currency, lists joined. */
static void add_value(struct buf *out, const json_t *value, int depth) {
    const char *key;
    json_t *item;
    size_t i;
    if (depth > 4) return;
    switch (json_typeof(value)) {
    case JSON_STRING: {
        struct str text = json_str(value);
        for (size_t at = 0; at < text.len; at++)
            buf_add_char(out, (unsigned char)text.ptr[at] < 0x20 ? ' ' : text.ptr[at]);
        break;
    }
    case JSON_INTEGER:
        buf_add_int64(out, json_integer_value(value));
        break;
    case JSON_REAL:
        buf_printf(out, "%g", json_real_value(value));
        break;
    case JSON_TRUE:
        buf_add_cstr(out, "yes");
        break;
    case JSON_FALSE:
        buf_add_cstr(out, "no");
        break;
    case JSON_NULL:
        break;
    case JSON_ARRAY:
        json_array_foreach((json_t *)(uintptr_t)value, i, item) {
            if (i) buf_add_cstr(out, ", ");
            add_value(out, item, depth + 1);
        }
        break;
    case JSON_OBJECT: {
        const json_t *title = json_object_get(value, "title"),
                     *amount = json_object_get(value, "amount"),
                     *text = json_object_get(value, "value");
        if (title || amount || text) {
            add_value(out, title ? title : amount ? amount : text, depth + 1);
            if (amount)
                buf_printf(out, " %.*s", STR_ARG(json_str(json_object_get(value, "currency"))));
            break;
        }
        bool first = true;
        json_object_foreach((json_t *)(uintptr_t)value, key, item) {
            buf_printf(out, "%s%s: ", first ? "" : ", ", key);
            add_value(out, item, depth + 1);
            first = false;
        }
        break;
    }
    }
}

/* Cuts and pads by characters; not by what wide ones take on a screen. */
static void add_cell(struct buf *out, struct str text, size_t width, bool is_last) {
    size_t characters = 0, at = 0;
    while (at < text.len && characters < width) {
        size_t step = utf8_sequence(text.ptr + at, text.len - at);
        at += step ? step : 1;
        characters++;
    }
    buf_add(out, text.ptr, at);
    if (is_last) return;
    for (size_t i = characters; i < width + 2; i++)
        buf_add_char(out, ' ');
}

struct table {
    struct crm_command *command;
    const char *keys[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX], count;
};

static size_t text_width(const json_t *value) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 65536);
    if (value) add_value(&text, value, 0);
    size_t width = utf8_length(buf_str(&text));
    return width < CELL_WIDTH ? width : CELL_WIDTH;
}

static bool is_empty_everywhere(const json_t *rows, const char *key) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, i,
                       row) if (text_width(json_object_get(row, key)) > 0) return false;
    return true;
}

static void measure(struct table *t, const json_t *rows) {
    size_t i;
    json_t *row, *value;
    const char *key;
    json_object_foreach(json_array_get(rows, 0), key, value) {
        (void)value;
        if (t->count == COLUMNS_MAX || strcmp(key, "version") == 0 ||
            is_empty_everywhere(rows, key))
            continue;
        t->widths[t->count] = strlen(key);
        t->keys[t->count++] = key;
    }
    json_array_foreach((json_t *)(uintptr_t)rows, i, row) for (size_t column = 0; column < t->count;
                                                               column++) {
        size_t width = text_width(json_object_get(row, t->keys[column]));
        if (width > t->widths[column]) t->widths[column] = width;
    }
}

static crm_status put_line(struct table *t, const json_t *row, struct err *err) {
    BUF_CLEANUP struct buf line, text;
    buf_init(&line, 65536);
    buf_init(&text, 65536);
    for (size_t column = 0; column < t->count; column++) {
        buf_clear(&text);
        const json_t *value = row ? json_object_get(row, t->keys[column]) : NULL;
        if (!row)
            buf_add_cstr(&text, t->keys[column]);
        else if (value)
            add_value(&text, value, 0);
        add_cell(&line, buf_str(&text), t->widths[column], column + 1 == t->count);
    }
    buf_add_char(&line, '\n');
    return command_write(t->command, buf_str(&line), err);
}

static crm_status show_rows(struct crm_command *c, const json_t *rows, struct err *err) {
    struct table t = {.command = c};
    size_t i;
    json_t *row;
    if (json_array_size(rows) == 0) return CRM_OK;
    measure(&t, rows);
    crm_status status = put_line(&t, NULL, err);
    json_array_foreach((json_t *)(uintptr_t)rows, i, row) if (status == CRM_OK) status =
        put_line(&t, row, err);
    return status;
}

static crm_status show_object(struct crm_command *c, const json_t *object, struct err *err) {
    const char *key;
    json_t *value;
    crm_status status = CRM_OK;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        BUF_CLEANUP struct buf line;
        buf_init(&line, 1024 * 1024);
        buf_printf(&line, "%-24s ", key);
        add_value(&line, value, 0);
        buf_add_char(&line, '\n');
        if (status == CRM_OK && !json_is_null(value))
            status = command_write(c, buf_str(&line), err);
    }
    return status;
}

crm_status cli_show_json(struct crm_command *c, struct str json, struct err *err) {
    if (c->json) {
        json_raw(command_result(c), json);
        return CRM_OK;
    }
    JSON_CLEANUP json_t *value = json_loadb(json.ptr ? json.ptr : "", json.len, 0, NULL);
    if (!value) return err_internal(err, "an answer that is not JSON");
    static const char *const lists[] = {"records", "rows", "results"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const json_t *rows = json_object_get(value, lists[i]);
        if (json_is_array(rows)) return show_rows(c, rows, err);
    }
    return show_object(c, value, err);
}
