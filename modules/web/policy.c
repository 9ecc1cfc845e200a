/* The security headers of the browser client. */
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANIFEST_BYTES_MAX = 256 * 1024, PATH_BYTES = 4096 };

static const struct crm_text bad_manifest = {
    "web_manifest", "{0} cannot be used: build the browser client again (./dev build).",
    "{0} не читается: соберите браузерный клиент заново (./dev build)."};

static const char policy_start[] =
    "default-src 'none'; img-src 'self' data: blob:; style-src "
    "'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; frame-src 'self' blob:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; script-src 'self'";

static bool append(struct web_policy *policy, const char *bytes, size_t len) {
    if (policy->content_security_len + len >= WEB_POLICY_BYTES) return false;
    memcpy(policy->content_security + policy->content_security_len, bytes, len);
    policy->content_security_len += len;
    return true;
}

static bool fill(const struct crm *crm, struct web_policy *policy,
                 const struct crm_json_value *manifest) {
    const struct crm_json_value *hashes = crm->base->json_get(manifest, "scriptHashes");
    if (!append(policy, policy_start, sizeof policy_start - 1)) return false;
    for (size_t i = 0; i < crm->base->json_count(hashes); i++) {
        struct crm_str hash = crm->base->json_text_of(crm->base->json_at(hashes, i));
        if (hash.len == 0 || !append(policy, " '", 2) || !append(policy, hash.ptr, hash.len) ||
            !append(policy, "'", 1))
            return false;
    }
    return crm->base->json_count(hashes) > 0;
}

crm_status web_policy_load(const struct crm *crm, struct web_policy *ret, struct crm_error *err) {
    char path[PATH_BYTES];
    int written = snprintf(path, sizeof path, "%s/dist/assets.json", crm->folder);
    if (written < 0 || (size_t)written >= sizeof path)
        return crm->base->error_internal(err, "the module's folder has too long a name");
    FILE *file = fopen(path, "rb");
    if (!file) return CRM_OK;
    char *text = malloc(MANIFEST_BYTES_MAX);
    size_t len = text ? fread(text, 1, MANIFEST_BYTES_MAX, file) : 0;
    fclose(file);
    if (!text) return crm->base->error_no_memory(err);
    struct crm_json_value *manifest = NULL;
    struct crm_str where = crm_str_from(path);
    crm_status status = crm->base->json_parse(crm_str_make(text, len), &manifest, err);
    if (status == CRM_OK && !fill(crm, ret, manifest)) status = CRM_INVALID;
    if (status == CRM_OK)
        ret->built = true;
    else
        crm->base->error_set(err, status, &bad_manifest, &where, 1);
    if (manifest) crm->base->json_free(manifest);
    free(text);
    return status;
}

size_t web_policy_headers(const struct web_policy *policy, struct crm_pair *ret) {
    ret[0] = (struct crm_pair){"Content-Security-Policy",
                               {policy->content_security, policy->content_security_len}};
    ret[1] = (struct crm_pair){"Referrer-Policy", CRM_STR("same-origin")};
    ret[2] = (struct crm_pair){"X-Content-Type-Options", CRM_STR("nosniff")};
    ret[3] = (struct crm_pair){"Cross-Origin-Opener-Policy", CRM_STR("same-origin")};
    ret[4] = (struct crm_pair){"Permissions-Policy",
                               CRM_STR("camera=(self), microphone=(), geolocation=()")};
    return 5;
}
