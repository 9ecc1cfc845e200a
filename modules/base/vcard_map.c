/* See vcard_map.h. */
#include "vcard_map.h"

#include <strings.h>

static const struct vcard_field fields[] = {
    {"contact", "name", VCARD_FN},
    {"contact", "last_name", VCARD_FAMILY},
    {"contact", "first_name", VCARD_GIVEN},
    {"contact", "middle_name", VCARD_MIDDLE},
    {"contact", "organization", VCARD_ORG},
    {"contact", "job_title", VCARD_TITLE},
    {"contact", "phones", VCARD_TEL},
    {"contact", "emails", VCARD_EMAIL},
    {"contact", "messengers", VCARD_IMPP},
    {"contact", "addresses", VCARD_ADR},
    {"contact", "birthday", VCARD_BDAY},
    {"contact", "description", VCARD_NOTE},
    {"contact", "external_id", VCARD_UID},
    {"contact", "updated_at", VCARD_REV},
    {"organization", "name", VCARD_ORG},
    {"organization", "phones", VCARD_TEL},
    {"organization", "emails", VCARD_EMAIL},
    {"organization", "addresses", VCARD_ADR},
    {"organization", "website", VCARD_URL},
    {"organization", "description", VCARD_NOTE},
    {"organization", "external_id", VCARD_UID},
    {"organization", "updated_at", VCARD_REV},
};

static const struct {
    const char *label, *type;
} types[] = {{"work", "work"},   {"home", "home"},   {"mobile", "cell"},
             {"fax", "fax"},     {"pager", "pager"}, {"text", "text"},
             {"voice", "voice"}, {"video", "video"}, {"mobile", "iphone"}};

const struct vcard_field *vcard_field_at(size_t position) {
    return position < sizeof fields / sizeof *fields ? &fields[position] : NULL;
}

enum vcard_property vcard_property_of(struct crm_str entity, struct crm_str field) {
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (crm_str_is(entity, fields[i].entity) && crm_str_is(field, fields[i].field))
            return fields[i].property;
    return VCARD_NONE;
}

bool vcard_has_entity(struct crm_str entity) {
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (crm_str_is(entity, fields[i].entity)) return true;
    return false;
}

const char *vcard_type_of(struct crm_str label) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (crm_str_is(label, types[i].label)) return types[i].type;
    return NULL;
}

const char *vcard_label_of(struct crm_str type) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].type) == type.len &&
            strncasecmp(types[i].type, type.ptr, type.len) == 0)
            return types[i].label;
    return NULL;
}
