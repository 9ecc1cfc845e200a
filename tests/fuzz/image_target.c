/* Images of the log: damaged bytes are refused, whole ones become fields within the arena. */
#include "world_once.h"

#include "base/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    struct world *w = world_once();
    struct arena a;
    struct image_field *fields = NULL;
    size_t count = 0;
    static const char *const entities[] = {"customer", "deal", "visit"};
    if (len < 1) return 0;
    arena_init(&a, 64u << 20);
    crm_status status = image_decode(&a, str_make((const char *)bytes + 1, len - 1),
                                     entity(w, entities[bytes[0] % 3]), &fields, &count, &w->err);
    HOLDS(status == CRM_OK || status == CRM_INTERNAL || status == CRM_NO_MEMORY);
    HOLDS(status != CRM_OK || count <= len);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        HOLDS(fields[i].items_before_count == 0 || fields[i].items_before);
        HOLDS(fields[i].items_after_count == 0 || fields[i].items_after);
        if (fields[i].after.type == VALUE_TEXT)
            (void)utf8_valid(fields[i].after.text); /* reads every byte */
        if (fields[i].before.type == VALUE_TEXT) (void)utf8_valid(fields[i].before.text);
    }
    arena_fini(&a);
    return 0;
}
