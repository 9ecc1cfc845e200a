/* See vcard_read.h. */
#include "vcard_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "person_name.h"
#include "vcard_value.h"

enum {
    LINE_BYTES_MAX = 1024 * 1024,
    SLOT_BYTES_MAX = 1024 * 1024,
    OUT_BYTES_MAX = 64 * 1024 * 1024
};

void vcard_reader_init(struct vcard_reader *r) {
    memset(r, 0, sizeof *r);
    r->line.max = r->next.max = r->scratch.max = r->text.max = LINE_BYTES_MAX;
    r->out.max = OUT_BYTES_MAX;
    for (size_t i = 0; i < VCARD_SLOTS; i++)
        r->slots[i].max = SLOT_BYTES_MAX;
}

void vcard_reader_fini(struct vcard_reader *r) {
    bytes_fini(&r->line);
    bytes_fini(&r->next);
    bytes_fini(&r->scratch);
    bytes_fini(&r->text);
    bytes_fini(&r->out);
    for (size_t i = 0; i < VCARD_SLOTS; i++)
        bytes_fini(&r->slots[i]);
}

/* ---- a property into the card -----------------------------------------------------------------
 */

/* Several values of one kind stand one behind the other; the preferred one first. Marks that part
 * values are kept out of them. */
static void add_item(struct vcard_reader *r, enum vcard_slot slot, const char *ptr, size_t len,
                     bool preferred) {
    struct bytes *to = &r->slots[slot];
    while (len > 0 && isspace((unsigned char)ptr[len - 1]))
        len--;
    while (len > 0 && isspace((unsigned char)*ptr))
        ptr++, len--;
    if (len == 0) return;
    bool first = preferred && to->len > 0;
    r->scratch.len = 0;
    if (first) bytes_add(&r->scratch, to->ptr, to->len);
    if (first) to->len = 0;
    if (to->len) bytes_text(to, "\n");
    size_t from = to->len;
    bytes_add(to, ptr, len);
    for (size_t i = from; i < to->len; i++)
        if (to->ptr[i] == '\n' || to->ptr[i] == '\r') to->ptr[i] = ' ';
    if (first) bytes_text(to, "\n");
    if (first) bytes_add(to, r->scratch.ptr, r->scratch.len);
}

/* The first value of a kind that there is once. */
static void set_once(struct vcard_reader *r, enum vcard_slot slot, const char *ptr, size_t len) {
    if (r->slots[slot].len == 0) bytes_add(&r->slots[slot], ptr, len);
}

static void take_name(struct vcard_reader *r, const struct vcard_line *l) {
    static const enum vcard_slot slots[] = {VCARD_SLOT_LAST, VCARD_SLOT_FIRST, VCARD_SLOT_MIDDLE};
    const char *at = l->value, *end = l->value + l->value_len;
    for (size_t i = 0; i < 3 && at <= end; i++) {
        size_t len = vcard_part_length(at, (size_t)(end - at), ';');
        r->text.len = 0;
        vcard_unescape(at, len, &r->text);
        set_once(r, slots[i], r->text.ptr, r->text.len);
        at += len + 1;
    }
}

/* Street, town and the rest in their order, parted by commas. */
static void take_address(struct vcard_reader *r, const struct vcard_line *l) {
    const char *at = l->value, *end = l->value + l->value_len;
    r->text.len = 0;
    while (at <= end) {
        size_t len = vcard_part_length(at, (size_t)(end - at), ';');
        if (len > 0 && r->text.len > 0) bytes_text(&r->text, ", ");
        vcard_unescape(at, len, &r->text);
        at += len + 1;
    }
    enum vcard_slot slot = l->types & VCARD_TYPE_WORK   ? VCARD_SLOT_ADDRESS_WORK
                           : l->types & VCARD_TYPE_HOME ? VCARD_SLOT_ADDRESS_HOME
                                                        : VCARD_SLOT_ADDRESS;
    add_item(r, slot, r->text.ptr, r->text.len, l->types & VCARD_TYPE_PREF);
}

static enum vcard_slot phone_slot(unsigned types) {
    if (types & VCARD_TYPE_CELL) return VCARD_SLOT_PHONE_MOBILE;
    if (types & VCARD_TYPE_FAX) return VCARD_SLOT_PHONE_FAX;
    if (types & VCARD_TYPE_WORK) return VCARD_SLOT_PHONE_WORK;
    return types & VCARD_TYPE_HOME ? VCARD_SLOT_PHONE_HOME : VCARD_SLOT_PHONE;
}

static enum vcard_slot email_slot(unsigned types) {
    if (types & VCARD_TYPE_WORK) return VCARD_SLOT_EMAIL_WORK;
    return types & VCARD_TYPE_HOME ? VCARD_SLOT_EMAIL_HOME : VCARD_SLOT_EMAIL;
}

/* telegram:name, xmpp:name@host. */
static void take_messenger(struct vcard_reader *r, const struct vcard_line *l) {
    const char *colon = memchr(r->text.ptr, ':', r->text.len);
    size_t scheme = colon ? (size_t)(colon - r->text.ptr) : 0;
    enum vcard_slot slot = VCARD_SLOT_MESSENGER;
    if ((scheme == 8 && strncasecmp(r->text.ptr, "telegram", 8) == 0) ||
        (scheme == 2 && strncasecmp(r->text.ptr, "tg", 2) == 0))
        slot = VCARD_SLOT_TELEGRAM;
    if ((scheme == 5 && strncasecmp(r->text.ptr, "skype", 5) == 0) || vcard_is(l, "X-SKYPE") ||
        vcard_is(l, "X-SKYPE-USERNAME"))
        slot = VCARD_SLOT_SKYPE;
    size_t from = colon ? scheme + 1 : 0;
    size_t len = vcard_percent_decode(r->text.ptr + from, r->text.len - from);
    add_item(r, slot, r->text.ptr + from, len, l->types & VCARD_TYPE_PREF);
}

static void take_uid(struct vcard_reader *r) {
    size_t own = r->own_uid ? strlen(r->own_uid) : 0;
    if (own && r->text.len > own && memcmp(r->text.ptr, r->own_uid, own) == 0)
        set_once(r, VCARD_SLOT_ID, r->text.ptr + own, r->text.len - own);
    else
        set_once(r, VCARD_SLOT_UID, r->text.ptr, r->text.len);
}

static void take_birthday(struct vcard_reader *r) {
    char day[16];
    if (vcard_date(r->text.ptr, r->text.len, day)) set_once(r, VCARD_SLOT_BIRTHDAY, day, 10);
}

static void take_text(struct vcard_reader *r, const struct vcard_line *l) {
    const char *ptr = r->text.ptr;
    size_t len = r->text.len;
    if (vcard_is(l, "FN"))
        set_once(r, VCARD_SLOT_FN, ptr, len);
    else if (vcard_is(l, "TITLE"))
        set_once(r, VCARD_SLOT_TITLE, ptr, len);
    else if (vcard_is(l, "NOTE"))
        set_once(r, VCARD_SLOT_NOTE, ptr, len);
    else if (vcard_is(l, "URL"))
        set_once(r, VCARD_SLOT_URL, ptr, len);
    else if (vcard_is(l, "UID"))
        take_uid(r);
    else if (vcard_is(l, "BDAY"))
        take_birthday(r);
    else if (vcard_is(l, "IMPP") || vcard_is(l, "X-SKYPE") || vcard_is(l, "X-SKYPE-USERNAME") ||
             vcard_is(l, "X-JABBER"))
        take_messenger(r, l);
    else if (vcard_is(l, "EMAIL"))
        add_item(r, email_slot(l->types), ptr, len, l->types & VCARD_TYPE_PREF);
    else if (vcard_is(l, "TEL"))
        add_item(r, phone_slot(l->types),
                 ptr + (len > 4 && strncasecmp(ptr, "tel:", 4) == 0 ? 4 : 0),
                 len - (len > 4 && strncasecmp(ptr, "tel:", 4) == 0 ? 4 : 0),
                 l->types & VCARD_TYPE_PREF);
}

static void take_categories(struct vcard_reader *r, const struct vcard_line *l) {
    const char *at = l->value, *end = l->value + l->value_len;
    while (at <= end) {
        size_t len = vcard_part_length(at, (size_t)(end - at), ',');
        r->text.len = 0;
        vcard_unescape(at, len, &r->text);
        add_item(r, VCARD_SLOT_CATEGORIES, r->text.ptr, r->text.len, false);
        at += len + 1;
    }
}

/* The company without its departments. */
static void take_organization(struct vcard_reader *r, const struct vcard_line *l) {
    r->text.len = 0;
    vcard_unescape(l->value, vcard_part_length(l->value, l->value_len, ';'), &r->text);
    set_once(r, VCARD_SLOT_ORG, r->text.ptr, r->text.len);
}

static void take_value(struct vcard_reader *r, const struct vcard_line *l) {
    if (vcard_is(l, "N"))
        take_name(r, l);
    else if (vcard_is(l, "ADR"))
        take_address(r, l);
    else if (vcard_is(l, "ORG"))
        take_organization(r, l);
    else if (vcard_is(l, "CATEGORIES"))
        take_categories(r, l);
    else {
        r->text.len = 0;
        vcard_unescape(l->value, l->value_len, &r->text);
        if (r->text.len) take_text(r, l);
    }
}

/* ---- cards ------------------------------------------------------------------------------------
 */

static void begin_card(struct vcard_reader *r) {
    r->in_card = true;
    r->lost = false;
    for (size_t i = 0; i < VCARD_SLOTS; i++) {
        r->slots[i].len = 0;
        r->slots[i].failed = false;
    }
}

/* A card need not have the parts of a name, nor an organization's card its ORG. */
static void complete(struct vcard_reader *r) {
    const struct bytes *whole = &r->slots[VCARD_SLOT_FN];
    struct person_name name;
    if (whole->len == 0) return;
    if (r->names_organizations) set_once(r, VCARD_SLOT_ORG, whole->ptr, whole->len);
    if (r->slots[VCARD_SLOT_LAST].len || r->slots[VCARD_SLOT_FIRST].len) return;
    person_name_split(crm_str_make(whole->ptr, whole->len), false, &name);
    set_once(r, VCARD_SLOT_LAST, name.last.ptr, name.last.len);
    set_once(r, VCARD_SLOT_FIRST, name.first.ptr, name.first.len);
    set_once(r, VCARD_SLOT_MIDDLE, name.middle.ptr, name.middle.len);
}

static void end_card(struct vcard_reader *r) {
    if (!r->in_card) return;
    r->in_card = false;
    r->cards++;
    complete(r);
    for (size_t i = 0; i < r->column_count; i++) {
        const struct bytes *slot = &r->slots[r->columns[i]];
        if (i > 0) bytes_text(&r->out, ",");
        bytes_csv(&r->out, slot->ptr, slot->len);
        r->lost = r->lost || slot->failed;
    }
    if (r->lost) bytes_text(&r->out, ",cut");
    bytes_text(&r->out, "\n");
}

static bool is_left_out(const struct vcard_line *l) {
    return vcard_is(l, "PHOTO") || vcard_is(l, "LOGO") || vcard_is(l, "SOUND") ||
           vcard_is(l, "KEY");
}

/* The unfolded line is a whole property. */
static void take_line(struct vcard_reader *r) {
    struct vcard_line l;
    struct bytes decoded = {.max = LINE_BYTES_MAX}, converted = {.max = 4 * LINE_BYTES_MAX};
    bool parsed = vcard_line_parse(r->line.ptr, r->line.len, &l);
    r->binary = parsed && l.is_base64;
    if (!parsed) r->lost = r->lost || r->line.failed;
    if (!parsed) return;
    if (vcard_is(&l, "BEGIN") && l.value_len == 5 && strncasecmp(l.value, "VCARD", 5) == 0) {
        end_card(r);
        begin_card(r);
        return;
    }
    if (vcard_is(&l, "END")) end_card(r);
    if (!r->in_card) return;
    if (is_left_out(&l)) {
        r->left_out++;
        return;
    }
    if (l.is_base64) return;
    r->text.failed = r->scratch.failed = false;
    if (l.is_quoted_printable) {
        vcard_quoted_printable(l.value, l.value_len, &decoded);
        l.value = decoded.ptr ? decoded.ptr : "";
        l.value_len = decoded.len;
    }
    if (l.charset[0] && strcasecmp(l.charset, "UTF-8") != 0 && r->convert &&
        r->convert(r->ctx, l.charset, l.value, l.value_len, &converted) && !converted.failed) {
        l.value = converted.ptr ? converted.ptr : "";
        l.value_len = converted.len;
    }
    take_value(r, &l);
    r->lost = r->lost || r->line.failed || r->text.failed || r->scratch.failed || decoded.failed ||
              converted.failed;
    bytes_fini(&decoded);
    bytes_fini(&converted);
}

/* A physical line has ended: it goes on the one before it, or begins another one. */
static void take_physical(struct vcard_reader *r) {
    struct bytes *next = &r->next;
    if (next->len > 0 && next->ptr[next->len - 1] == '\r') next->len--;
    bool folded = next->len > 0 && (next->ptr[0] == ' ' || next->ptr[0] == '\t');
    if (r->soft_break) {
        r->line.len--; /* the "=" */
        bytes_add(&r->line, next->ptr, next->len);
        r->line.failed = r->line.failed || next->failed;
    } else if (folded) {
        bytes_add(&r->line, next->ptr + 1, next->len - 1);
        r->line.failed = r->line.failed || next->failed;
    } else if (!(r->binary && next->len == 0)) {
        if (r->line.len) take_line(r);
        r->line.len = 0;
        r->line.failed = false;
        bytes_add(&r->line, next->ptr, next->len);
        r->line.failed = r->line.failed || next->failed;
    }
    r->soft_break = r->line.len > 0 && r->line.ptr[r->line.len - 1] == '=' &&
                    vcard_is_quoted_printable(r->line.ptr, r->line.len);
    next->len = 0;
    next->failed = false;
}

bool vcard_reader_feed(struct vcard_reader *r, const char *ptr, size_t len, bool last) {
    while (len > 0) {
        const char *end = memchr(ptr, '\n', len);
        size_t piece = end ? (size_t)(end - ptr) : len;
        bytes_add(&r->next, ptr, piece);
        if (end) take_physical(r);
        piece += end != NULL;
        ptr += piece;
        len -= piece;
    }
    if (last) {
        if (r->next.len) take_physical(r);
        if (r->line.len) take_line(r);
        r->line.len = 0;
        end_card(r);
    }
    return !r->out.failed;
}
