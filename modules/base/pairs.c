/* The lists of pairs.h, taken apart character by character. */
#include "pairs.h"

static const struct crm_text bad_part = {"bad_option", "“{0}” is not of the form {1}.",
                                         "«{0}» записано не в виде {1}."};
static const char *const forms[] = {"column=field", "column:from=to", "column:value"};

/* The text up to the first unescaped `stop` (or a separator), unescaped into the arena. */
static struct crm_str take(struct crm_str *rest, const char *stops, char *ret_stop, char *out) {
    size_t len = 0, at = 0;
    *ret_stop = '\0';
    for (; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (c == '\\' && at + 1 < rest->len)
            c = rest->ptr[++at];
        else if (strchr(stops, c)) {
            *ret_stop = c;
            break;
        }
        out[len++] = c;
    }
    size_t used = at < rest->len ? at + 1 : at;
    *rest = crm_str_make(rest->ptr + used, rest->len - used);
    return crm_str_make(out, len);
}

static bool read_pair(const struct crm_base *base, struct crm_str *rest, enum pairs_form form,
                      char *memory, struct pair *ret) {
    char stop;
    memset(ret, 0, sizeof *ret);
    struct crm_str part = take(rest, form == PAIRS_MAP ? "=,\n" : ":,\n", &stop, memory);
    if (form == PAIRS_COLUMN && stop != ':') {
        ret->to = base->trim(part);
        return true;
    }
    memory += part.len;
    if (form == PAIRS_MAP)
        ret->from = base->trim(part);
    else
        ret->column = base->trim(part);
    if (form == PAIRS_VALUES && stop == ':') {
        part = take(rest, "=,\n", &stop, memory);
        memory += part.len;
        ret->from = part;
    } else if (form == PAIRS_VALUES) {
        return false;
    }
    if (stop != (form == PAIRS_COLUMN ? ':' : '=')) return false;
    part = take(rest, ",\n", &stop, memory);
    ret->to = form == PAIRS_VALUES ? part : base->trim(part);
    return true;
}

crm_status pairs_parse(const struct crm_base *base, struct crm_arena *a, struct crm_str text,
                       enum pairs_form form, struct pair **ret, size_t *ret_count,
                       struct crm_error *err) {
    struct crm_str rest = text;
    struct pair *pairs = base->arena_array(a, PAIRS_MAX, sizeof *pairs);
    char *memory = base->arena_alloc(a, text.len + 1);
    size_t count = 0;
    if (!pairs || !memory) return base->error_no_memory(err);
    while (rest.len > 0 && count < PAIRS_MAX) {
        struct crm_str before = rest;
        bool good = read_pair(base, &rest, form, memory + (text.len - before.len), &pairs[count]);
        struct crm_str part = base->trim(crm_str_make(before.ptr, before.len - rest.len));
        if (part.len == 0 || crm_str_is(part, ",")) continue;
        struct crm_str args[] = {part, crm_str_from(forms[form])};
        if (!good) return base->error_set(err, CRM_INVALID, &bad_part, args, 2);
        count++;
    }
    *ret = pairs;
    *ret_count = count;
    return CRM_OK;
}
