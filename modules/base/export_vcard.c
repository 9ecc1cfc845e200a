/* Rows as vCards 4.0 (RFC 6350), of the entities that vcard_map.h knows. A field that the reader
 * may not see is no property of the card. */
#include <stdio.h>

#include "content_line.h"
#include "export_run.h"
#include "vcard_map.h"

static const struct crm_text no_cards = {
    "no_vcard", "Records of {0} are no cards: vcf holds people and organizations.",
    "Записи «{0}» — не карточки: в vcf бывают люди и организации."};

struct card {
    struct exporting *x;
    struct content_line line;
    const struct crm_row *row;
    const struct crm_cell *cells[VCARD_PROPERTIES]; /* NULL: not asked for, or not to be seen */
};

static crm_status choose(struct exporting *x, struct crm_error *err) {
    const struct crm_base *base = x->crm->base;
    if (!vcard_has_entity(x->entity.name))
        return base->error_set(err, CRM_INVALID, &no_cards, &x->entity.name, 1);
    if (x->list.fields.len) return CRM_OK;
    struct crm_buf *names = base->buf_new(4096);
    if (!names) return base->error_no_memory(err);
    const struct vcard_field *f;
    for (size_t i = 0; (f = vcard_field_at(i)) != NULL; i++) {
        struct crm_str name = crm_str_from(f->field);
        if (!crm_str_is(x->entity.name, f->entity) ||
            !x->crm->schema->field(x->view, x->list.entity, name))
            continue;
        if (base->buf_str(names).len) base->buf_add(names, ",", 1);
        base->buf_add(names, name.ptr, name.len);
    }
    x->list.fields = base->arena_str(x->crm->record->view_arena(x->view), base->buf_str(names));
    base->buf_free(names);
    return x->list.fields.ptr ? CRM_OK : base->error_no_memory(err);
}

static crm_status begin(struct exporting *x, struct crm_error *err) {
    x->state = x->crm->base->buf_new(EXPORT_BUFFER_BYTES_MAX);
    return x->state ? CRM_OK : x->crm->base->error_no_memory(err);
}

static struct crm_str text_of(const struct card *c, enum vcard_property p) {
    const struct crm_cell *cell = c->cells[p];
    if (!cell) return CRM_STR("");
    return cell->value.type == CRM_VALUE_TEXT ? cell->value.text : cell->title;
}

/* FN has to be there: what names the record, however little is known of it. */
static void put_names(struct card *c) {
    static const enum vcard_property parts[] = {VCARD_FAMILY, VCARD_GIVEN, VCARD_MIDDLE};
    struct crm_str name = text_of(c, VCARD_FN);
    if (name.len == 0) name = text_of(c, VCARD_FAMILY);
    if (name.len == 0) name = text_of(c, VCARD_GIVEN);
    if (name.len == 0) name = text_of(c, VCARD_ORG);
    content_line_put(&c->line, "FN", name);
    if (crm_str_is(c->x->entity.name, "organization")) return;
    content_line_begin(&c->line, "N");
    for (size_t i = 0; i < 3; i++) {
        content_line_text(&c->line, text_of(c, parts[i]));
        content_line_raw(&c->line, CRM_STR(";"));
    }
    content_line_raw(&c->line, CRM_STR(";"));
    content_line_end(&c->line);
}

static void put_text(struct card *c, const char *name, enum vcard_property p) {
    struct crm_str text = text_of(c, p);
    if (text.len) content_line_put(&c->line, name, text);
}

/* A label that is no type of the standard is written as one anyway when it is a plain word. */
static void name_item(char *ret, size_t room, const char *name, const struct crm_item *item) {
    const char *type = vcard_type_of(item->label);
    bool plain = item->label.len > 0 && item->label.len < 32;
    for (size_t i = 0; plain && i < item->label.len; i++) {
        char c = item->label.ptr[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    struct crm_str word = type ? crm_str_from(type) : plain ? item->label : CRM_STR("");
    snprintf(ret, room, "%s%s%.*s%s", name, word.len ? ";TYPE=" : "", (int)word.len,
             word.len ? word.ptr : "", item->primary ? ";PREF=1" : "");
}

static void put_items(struct card *c, const char *name, enum vcard_property p) {
    const struct crm_cell *cell = c->cells[p];
    for (size_t i = 0; cell && i < cell->item_count; i++) {
        char head[96];
        struct crm_str text = cell->items[i].value.text;
        if (cell->items[i].value.type != CRM_VALUE_TEXT || text.len == 0) continue;
        name_item(head, sizeof head, name, &cell->items[i]);
        content_line_begin(&c->line, head);
        if (p == VCARD_ADR) content_line_raw(&c->line, CRM_STR(";;"));
        content_line_text(&c->line, text);
        if (p == VCARD_ADR) content_line_raw(&c->line, CRM_STR(";;;;"));
        content_line_end(&c->line);
    }
}

/* A messenger's name is an URI: its kind, then what is known of the person there. */
static void put_messengers(struct card *c) {
    static const char hex[] = "0123456789ABCDEF";
    const struct crm_cell *cell = c->cells[VCARD_IMPP];
    for (size_t i = 0; cell && i < cell->item_count; i++) {
        struct crm_str text = cell->items[i].value.text, label = cell->items[i].label;
        if (cell->items[i].value.type != CRM_VALUE_TEXT || text.len == 0) continue;
        content_line_begin(&c->line, cell->items[i].primary ? "IMPP;PREF=1" : "IMPP");
        bool is_scheme = label.len > 0;
        for (size_t k = 0; is_scheme && k < label.len; k++)
            is_scheme = label.ptr[k] >= 'a' && label.ptr[k] <= 'z';
        content_line_raw(&c->line, is_scheme ? label : CRM_STR("im"));
        content_line_raw(&c->line, CRM_STR(":"));
        for (size_t k = 0; k < text.len; k++) {
            unsigned char b = (unsigned char)text.ptr[k];
            char escaped[] = {'%', hex[b >> 4], hex[b & 15]};
            bool plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') ||
                         (b >= 'A' && b <= 'Z') || (b && strchr("-._~@+", b));
            content_line_raw(&c->line, crm_str_make(plain ? text.ptr + k : escaped, plain ? 1 : 3));
        }
        content_line_end(&c->line);
    }
}

static void put_birthday(struct card *c) {
    const struct crm_cell *cell = c->cells[VCARD_BDAY];
    struct crm_civil day;
    char text[32];
    if (!cell || cell->value.type != CRM_VALUE_DATE) return;
    c->x->crm->base->date_to_civil(cell->value.integer, &day);
    int len = snprintf(text, sizeof text, "%04d%02d%02d", day.year, day.month, day.day);
    content_line_put(&c->line, "BDAY", crm_str_make(text, (size_t)len));
}

static void put_revision(struct card *c) {
    const struct crm_cell *cell = c->cells[VCARD_REV];
    struct crm_civil t;
    struct crm_error ignored;
    char text[64];
    if (!cell || cell->value.type != CRM_VALUE_TIME ||
        c->x->crm->base->time_local(c->x->crm->host, CRM_STR("UTC"), cell->value.integer, &t,
                                    &ignored) != CRM_OK)
        return;
    int len = snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02dZ", t.year, t.month, t.day,
                       t.hour, t.minute, t.second);
    content_line_put(&c->line, "REV", crm_str_make(text, (size_t)len));
}

/* The key of another system, or our own name for the record. */
static void put_uid(struct card *c) {
    char text[160];
    struct crm_str uid = text_of(c, VCARD_UID);
    if (uid.len == 0) {
        int len = snprintf(text, sizeof text, "urn:perigee:%.*s:%lld", (int)c->x->entity.name.len,
                           c->x->entity.name.ptr, (long long)c->row->id);
        uid = crm_str_make(text, (size_t)len);
    }
    content_line_put(&c->line, "UID", uid);
}

static crm_status add_row(struct exporting *x, const struct crm_row *row, struct crm_error *err) {
    struct card c = {.x = x, .line = {x->crm->base, x->state, x->out}, .row = row};
    bool is_organization = crm_str_is(x->entity.name, "organization");
    (void)err;
    for (size_t i = 0; i < x->field_count; i++) {
        enum vcard_property p = vcard_property_of(x->entity.name, x->paths[i]);
        c.cells[p] = &row->cells[i];
    }
    content_line_put(&c.line, "BEGIN", CRM_STR("VCARD"));
    content_line_put(&c.line, "VERSION", CRM_STR("4.0"));
    content_line_put(&c.line, "KIND", is_organization ? CRM_STR("org") : CRM_STR("individual"));
    put_uid(&c);
    put_names(&c);
    put_text(&c, "ORG", VCARD_ORG);
    put_text(&c, "TITLE", VCARD_TITLE);
    put_items(&c, "TEL", VCARD_TEL);
    put_items(&c, "EMAIL", VCARD_EMAIL);
    put_messengers(&c);
    put_items(&c, "ADR", VCARD_ADR);
    put_text(&c, "URL", VCARD_URL);
    put_birthday(&c);
    put_text(&c, "NOTE", VCARD_NOTE);
    put_revision(&c);
    content_line_put(&c.line, "END", CRM_STR("VCARD"));
    return x->crm->base->buf_status(x->state);
}

static void drop(struct exporting *x) {
    if (x->state) x->crm->base->buf_free(x->state);
}

const struct export_kind export_vcard = {.word = "vcf",
                                         .content_type = "text/vcard; charset=utf-8",
                                         .disposition = "attachment; filename=\"contacts.vcf\"",
                                         .choose = choose,
                                         .begin = begin,
                                         .row = add_row,
                                         .end = NULL,
                                         .drop = drop};
