/* vCards 2.1 (versit), 3.0 (RFC 2426) and 4.0 (RFC 6350) as lines of CSV, one a card, whose columns
 * are asked for.
 *
 * Reads folded lines, groups, quoted-printable with its soft breaks, old parameters without names;
 * a property in an encoding of its own is handed to `convert`. Photos, logos, sounds and keys are
 * counted and left out. Fed in pieces of any size. Memory: one line and one card, each at most 1
 * MB: what is longer is cut. Threads: one at a time. */
#ifndef MODULES_BASE_VCARD_READ_H
#define MODULES_BASE_VCARD_READ_H

#include <stdint.h>

#include "bytes.h"

enum vcard_slot {
    VCARD_SLOT_ID, /* of our own UID */
    VCARD_SLOT_UID,
    VCARD_SLOT_FN,
    VCARD_SLOT_LAST,
    VCARD_SLOT_FIRST,
    VCARD_SLOT_MIDDLE,
    VCARD_SLOT_ORG,
    VCARD_SLOT_TITLE,
    VCARD_SLOT_PHONE,
    VCARD_SLOT_PHONE_WORK,
    VCARD_SLOT_PHONE_HOME,
    VCARD_SLOT_PHONE_MOBILE,
    VCARD_SLOT_PHONE_FAX,
    VCARD_SLOT_EMAIL,
    VCARD_SLOT_EMAIL_WORK,
    VCARD_SLOT_EMAIL_HOME,
    VCARD_SLOT_ADDRESS,
    VCARD_SLOT_ADDRESS_WORK,
    VCARD_SLOT_ADDRESS_HOME,
    VCARD_SLOT_MESSENGER,
    VCARD_SLOT_TELEGRAM,
    VCARD_SLOT_SKYPE,
    VCARD_SLOT_URL,
    VCARD_SLOT_BIRTHDAY,
    VCARD_SLOT_NOTE,
    VCARD_SLOT_CATEGORIES,
    VCARD_SLOTS /* how many */
};

struct vcard_reader {
    const enum vcard_slot *columns; /* borrowed */
    size_t column_count;
    bool names_organizations; /* whose name may stand in FN alone */
    const char *own_uid;      /* "urn:perigee:contact:": what follows is an id */
    /* Text of the named charset as UTF-8 behind `out`; false: not known. NULL = none but UTF-8. */
    bool (*convert)(void *ctx, const char *charset, const char *ptr, size_t len, struct bytes *out);
    void *ctx;
    struct bytes line; /* the property at hand, unfolded */
    struct bytes next; /* the physical line being gathered */
    struct bytes slots[VCARD_SLOTS];
    struct bytes scratch, text;
    bool in_card, soft_break, binary;
    bool lost;                /* of the card at hand something was too long to be read */
    uint64_t cards, left_out; /* photos and the like */
    struct bytes out;
};

void vcard_reader_init(struct vcard_reader *r);
void vcard_reader_fini(struct vcard_reader *r);
/* `last` ends a card that was never closed. Lines stand in r->out, which the caller empties; that
 * of a card which was not read whole has one cell more. False: out of memory. */
bool vcard_reader_feed(struct vcard_reader *r, const char *ptr, size_t len, bool last);

#endif
