/* Texts: joining, folding, finding. Joined and folded results live in env->arena; folding for a
 * search uses the stack for short ASCII and a buffer of its own otherwise. */
#include "base/unicode.h"
#include "expr/eval.h"

static void add_text(struct buf *out, const struct value *v) {
    switch (v->type) {
    case VALUE_TEXT:
        buf_add_str(out, v->text);
        break;
    case VALUE_DECIMAL:
        decimal_format(v->integer, -1, out);
        break;
    case VALUE_DATE:
        date_format(v->integer, out);
        break;
    default:
        buf_add_int64(out, v->integer);
    }
}

crm_status eval_concat(const struct evaluation *x, const struct expr *e, const struct value *a,
                       const struct value *b, struct value *ret) {
    BUF_CLEANUP struct buf joined;
    buf_init(&joined, EXPR_TEXT_MAX_BYTES);
    add_text(&joined, a);
    add_text(&joined, b);
    if (joined.status == CRM_TOO_LARGE)
        return EXPR_FAIL(x->err, CRM_RANGE, expr_text_range, e->column, expr_op_word(EXPR_CONCAT));
    if (joined.status != CRM_OK) return err_no_memory(x->err);
    struct str text = arena_str(x->env->arena, buf_str(&joined));
    if (!text.ptr) return err_no_memory(x->err);
    *ret = value_text(text);
    return CRM_OK;
}

crm_status eval_lower(const struct evaluation *x, const struct value *a, struct value *ret) {
    struct str text = fold_text_arena(x->env->arena, a->text);
    if (!text.ptr) return err_no_memory(x->err);
    *ret = value_text(text);
    return CRM_OK;
}

enum { FOLD_STACK_BYTES = 256, FOLD_GROWTH = 18 };

struct folded {
    struct str text;
    struct buf buf;
    char stack[FOLD_STACK_BYTES];
};

static void folded_fini(struct folded *f) { buf_fini(&f->buf); }

static crm_status folded_init(struct folded *f, struct str s) {
    buf_init(&f->buf, s.len * FOLD_GROWTH + 1);
    size_t i = 0;
    for (; i < s.len && i < FOLD_STACK_BYTES; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x80) break;
        f->stack[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    f->text = str_make(f->stack, s.len);
    if (i == s.len) return CRM_OK;
    fold_text(s, &f->buf);
    f->text = buf_str(&f->buf);
    return f->buf.status;
}

static crm_status finds(const struct expr *e, struct str in, struct str part, bool *ret) {
    __attribute__((cleanup(folded_fini))) struct folded folded;
    crm_status status = folded_init(&folded, in);
    if (status != CRM_OK) return status;
    *ret = e->call.code == EXPR_FN_contains ? str_find(folded.text, part) != SIZE_MAX
                                            : str_starts_with(folded.text, part);
    return CRM_OK;
}

crm_status eval_contains(const struct evaluation *x, const struct expr *e, const struct value *in,
                         const struct value *part, struct value *ret) {
    const struct value *items = in->type == VALUE_LIST ? in->list.items : in;
    size_t count = in->type == VALUE_LIST ? in->list.count : 1;
    bool found = false;
    if (in->type != VALUE_NIL && part->type != VALUE_NIL) {
        __attribute__((cleanup(folded_fini))) struct folded folded;
        crm_status status = folded_init(&folded, part->text);
        for (size_t i = 0; status == CRM_OK && !found && i < count; i++)
            if (items[i].type == VALUE_TEXT) status = finds(e, items[i].text, folded.text, &found);
        if (status != CRM_OK) return err_no_memory(x->err);
    }
    *ret = value_bool(found);
    return CRM_OK;
}
