-- Reports that people make: what they count is a definition over metrics and dimensions, as of a ready one,
-- and runs under the rights of who looks. Who may make them is a right apart from who may see them.

directory "report_audience" {
  label = { en = "Who reports are shared with", ru = "С кем делятся отчётами" },
  items = {
    { code = "head", label = { en = "Heads of departments", ru = "Руководители" } },
    { code = "sales", label = { en = "Salespeople", ru = "Менеджеры по продажам" } },
    { code = "marketing", label = { en = "Marketers", ru = "Маркетологи" } },
    { code = "support", label = { en = "Support", ru = "Поддержка" } },
    { code = "reader", label = { en = "Readers", ru = "Читатели" } },
  },
}

directory "report_sharing" {
  label = { en = "Sharing of reports", ru = "Доступ к отчётам" },
  items = {
    { code = "own", label = { en = "Only me", ru = "Только я" } },
    { code = "team", label = { en = "My team", ru = "Моя команда" } },
    { code = "everyone", label = { en = "Everybody", ru = "Все" } },
  },
}

entity "report" {
  label = { en = "Saved report", ru = "Сохранённый отчёт" },
  label_plural = { en = "Saved reports", ru = "Сохранённые отчёты" },
  title = "name",
  open = "shared ~= 'own'",
  fields = {
    name = text { required = true, search = true, sort = true, label = { en = "Name", ru = "Название" } },
    description = text { label = { en = "Description", ru = "Описание" } },
    definition = json { required = true, label = { en = "Definition", ru = "Определение" } },
    shared = choice "report_sharing" { default = "'own'", label = { en = "Seen by", ru = "Кто видит" } },
    roles = choices "report_audience" { label = { en = "Shared with roles", ru = "Доступен ролям" } },
    teams = links "team" { label = { en = "Shared with teams", ru = "Доступен командам" } },
    certified = boolean {
      label = { en = "Certified", ru = "Проверен" },
      help = { en = "Somebody answers for its figures; a changed definition is a draft again", ru = "За цифры кто-то отвечает; после изменения отчёт снова черновик" },
    },
  },
}

-- The author and those above, the author's team where it is shared with it, the teams and roles named.
local function seen(role)
  return "owner == me() or one_of(team, my_tree()) and shared ~= 'own' or shared == 'everyone' or (shared == 'team' and team == my_team()) "
    .. "or one_of(teams, my_team()) or one_of(roles, '" .. role .. "')"
end

local own = "owner == me()"
role "head" { entities = { report = { read = seen("head"), create = true, update = own, delete = own } } }
role "marketing" { entities = { report = { read = seen("marketing"), create = true, update = own, delete = own, locked = { "certified" } } } }
for _, name in ipairs { "sales", "support", "reader" } do
  role(name) { entities = { report = { read = seen(name) } } }
end

before("report", function(report, change)
  if change.before and report.certified and change.before.certified and change:changed("definition") then report.certified = false end
end)
