/* Building SQL text; see sql.h. */
#include "store/sql.h"

#include <stdarg.h>
#include <stdio.h>

#include "store/messages.h"

void sql_init(struct sql *s, enum sql_dialect dialect, struct arena *a) {
    *s = (struct sql){.dialect = dialect, .arena = a};
    buf_init(&s->text, SQL_TEXT_MAX_BYTES);
}

void sql_fini(struct sql *s) { buf_fini(&s->text); }

void sql_add(struct sql *s, const char *text) { buf_add_cstr(&s->text, text); }

void sql_printf(struct sql *s, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0 || (size_t)len >= sizeof text)
        s->status = CRM_TOO_LARGE;
    else
        buf_add(&s->text, text, (size_t)len);
}

static void add_quoted(struct sql *s, struct str name) {
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"') buf_add_char(&s->text, '"');
        buf_add_char(&s->text, name.ptr[i]);
    }
}

void sql_name2(struct sql *s, struct str name, const char *suffix) {
    buf_add_char(&s->text, '"');
    if (name.len && !memchr(name.ptr, '"', name.len))
        buf_add_str(&s->text, name);
    else
        add_quoted(s, name);
    buf_add_cstr(&s->text, suffix);
    buf_add_char(&s->text, '"');
}

void sql_name(struct sql *s, struct str name) { sql_name2(s, name, ""); }

void sql_table(struct sql *s, struct str name) {
    if (s->dialect == SQL_POSTGRES) sql_add(s, "perigee.");
    sql_name(s, name);
}

static bool keep_param(struct sql *s, struct store_value value) {
    if (s->status != CRM_OK) return false;
    if (s->param_count >= SQL_PARAMS_MAX) {
        s->status = CRM_TOO_LARGE;
        return false;
    }
    struct store_value *params =
        arena_grow(s->arena, s->params, s->param_count, &s->param_capacity, sizeof *params);
    if (!params) {
        s->status = CRM_NO_MEMORY;
        return false;
    }
    s->params = params;
    s->params[s->param_count++] = value;
    return true;
}

void sql_param_bare(struct sql *s, struct store_value value) {
    if (!keep_param(s, value)) return;
    buf_add_char(&s->text, s->dialect == SQL_SQLITE ? '?' : '$');
    buf_add_uint64(&s->text, s->param_count);
}

void sql_param(struct sql *s, struct store_value value) {
    static const char *const casts[] = {
        [STORE_INT] = "::bigint", [STORE_TEXT] = "::text", [STORE_BLOB] = "::bytea"};
    if (value.type == STORE_NULL) {
        sql_add(s, "NULL");
        return;
    }
    sql_param_bare(s, value);
    if (s->dialect == SQL_POSTGRES) sql_add(s, casts[value.type]);
}

static void postgres_ids(struct sql *s, const int64_t *ids, size_t count) {
    struct buf text BUF_CLEANUP;
    buf_init(&text, 32 + 24 * SQL_IDS_MAX);
    buf_add_char(&text, '{');
    for (size_t i = 0; i < count; i++) {
        if (i) buf_add_char(&text, ',');
        buf_add_int64(&text, ids[i]);
    }
    buf_add_char(&text, '}');
    struct str copy = text.status == CRM_OK ? arena_str(s->arena, buf_str(&text)) : STR_NONE;
    if (!copy.ptr) {
        s->status = CRM_NO_MEMORY;
        return;
    }
    sql_add(s, " = ANY(");
    sql_param(s, store_text(copy));
    sql_add(s, "::bigint[])");
}

void sql_ids(struct sql *s, const int64_t *ids, size_t count) {
    if (count == 0 || count > SQL_IDS_MAX) {
        s->status = CRM_TOO_LARGE;
        return;
    }
    if (s->dialect == SQL_POSTGRES) {
        postgres_ids(s, ids, count);
        return;
    }
    size_t rounded = 1;
    while (rounded < count)
        rounded *= 4;
    sql_add(s, " IN (");
    for (size_t i = 0; i < rounded; i++) {
        if (i) sql_add(s, ",");
        sql_param(s, store_int(ids[i < count ? i : count - 1]));
    }
    sql_add(s, ")");
}

crm_status sql_status(const struct sql *s, struct err *err) {
    crm_status status = s->status != CRM_OK ? s->status : s->text.status;
    if (status == CRM_OK) return CRM_OK;
    if (status == CRM_NO_MEMORY) return err_no_memory(err);
    return err_set(err, CRM_TOO_LARGE, &store_text_query_too_large, NULL);
}
