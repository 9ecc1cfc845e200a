/* Orders of lists as texts: "-amount,organization.name,coalesce(due_at, starts_at)". Each key is an
 * expression over one row, most often a name; see schema.h. Threads: any. */
#include "schema/schema.h"

bool schema_sort_next(struct str *rest, struct str *ret_key, bool *ret_descending) {
    size_t depth = 0, at = 0;
    char quote = 0;
    for (; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (quote) {
            if (c == '\\') at++;
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == ',' && depth == 0) {
            break;
        } else {
            depth += c == '(';
            depth -= c == ')' && depth > 0;
        }
    }
    bool more = at < rest->len;
    size_t len = more ? at : rest->len;
    struct str key = str_trim(str_make(rest->ptr, len));
    *rest = more ? str_make(rest->ptr + at + 1, rest->len - at - 1) : STR_NONE;
    *ret_descending = key.len > 0 && key.ptr[0] == '-';
    if (*ret_descending || (key.len > 0 && key.ptr[0] == '+'))
        key = str_make(key.ptr + 1, key.len - 1);
    *ret_key = key;
    return more;
}

static bool is_path(struct str key) {
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool names = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!names && c != '_' && c != '.') return false;
    }
    return true;
}

crm_status schema_sort_check(const struct schema_scope *scope, struct str sort, struct arena *a,
                             struct err *err) {
    const struct expr_scope names = schema_expr_scope(scope);
    crm_status status = CRM_OK;
    for (bool more = sort.len > 0; more && status == CRM_OK;) {
        struct str key;
        struct schema_path path;
        const struct expr *tree;
        bool descending;
        more = schema_sort_next(&sort, &key, &descending);
        status = is_path(key) ? schema_path_parse(scope, key, &path, err)
                              : expr_parse(a, key, &names, EXPR_MODE_ROW, &tree, err);
    }
    return status;
}
