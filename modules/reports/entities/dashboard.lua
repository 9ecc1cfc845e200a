-- Dashboards that people make: several reports, lists and texts on one page. Everybody may keep some of their
-- own; to share one, and to offer it to a role as its first page, are rights apart.

entity "dashboard" {
  label = { en = "Dashboard", ru = "Дашборд" },
  label_plural = { en = "Dashboards", ru = "Дашборды" },
  title = "name",
  open = "shared ~= 'own'",
  fields = {
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    description = text { label = { en = "Description", ru = "Описание" } },
    definition = json { required = true, label = { en = "Definition", ru = "Определение" } },
    shared = choice "report_sharing" { default = "'own'", label = { en = "Seen by", ru = "Кто видит" } },
    roles = choices "report_audience" { label = { en = "Shared with roles", ru = "Доступен ролям" } },
    teams = links "team" { label = { en = "Shared with teams", ru = "Доступен командам" } },
    offered = choices "report_audience" {
      label = { en = "First page of roles", ru = "Первая страница для ролей" },
      help = { en = "Who sees it and has chosen no other finds it open", ru = "Кто его видит и не выбрал другой, находит открытым этот" },
    },
  },
}

local function seen(role)
  return "owner == me() or one_of(team, my_tree()) and shared ~= 'own' or shared == 'everyone' or (shared == 'team' and team == my_team()) "
    .. "or one_of(teams, my_team()) or one_of(roles, '" .. role .. "')"
end

local own = "owner == me()"
local function grant(name, locked)
  role(name) { entities = { dashboard = { read = seen(name), create = true, update = own, delete = own, locked = locked } } }
end
grant("head")
grant("marketing", { "offered" })
for _, name in ipairs { "sales", "support", "reader" } do grant(name, { "shared", "roles", "teams", "offered" }) end
