/* Which field of which entity is which property of a vCard (RFC 6350), in and out. Constant. */
#ifndef MODULES_BASE_VCARD_MAP_H
#define MODULES_BASE_VCARD_MAP_H

#include <crm/value.h>

enum vcard_property {
    VCARD_NONE,
    VCARD_FN,
    VCARD_FAMILY, /* the parts of N */
    VCARD_GIVEN,
    VCARD_MIDDLE,
    VCARD_ORG,
    VCARD_TITLE,
    VCARD_TEL,
    VCARD_EMAIL,
    VCARD_IMPP,
    VCARD_ADR,
    VCARD_URL,
    VCARD_BDAY,
    VCARD_NOTE,
    VCARD_UID,
    VCARD_REV,
    VCARD_PROPERTIES /* how many */
};

struct vcard_field {
    const char *entity, *field;
    enum vcard_property property;
};

/* By position; NULL past the end. */
const struct vcard_field *vcard_field_at(size_t position);
/* VCARD_NONE: no property. */
enum vcard_property vcard_property_of(struct crm_str entity, struct crm_str field);
bool vcard_has_entity(struct crm_str entity);
/* "work" to "work", "mobile" to "cell": the TYPE of a label and back; NULL for others. */
const char *vcard_type_of(struct crm_str label);
const char *vcard_label_of(struct crm_str type);

#endif
