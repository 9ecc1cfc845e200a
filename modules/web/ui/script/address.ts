// The address that each script and plugin has in the administration.

const PLUGIN = 'plugin-'
const SCRIPT = 'scripts/'
/** A plugin is "insurance", a script "scripts/renewals"; names hold no "-". */
export const ownerAt = (id: string): string => (id.startsWith(PLUGIN) ? id.slice(PLUGIN.length) : SCRIPT + id)
export const addressOf = (owner: string): string => `/admin/scripts/${owner.startsWith(SCRIPT) ? owner.slice(SCRIPT.length) : PLUGIN + owner}`
