-- Goals: what a person or a team is to reach in a month, quarter or year, by a metric that reports count.

directory "goal_metric" {
  label = { en = "What goals are set for", ru = "По чему ставят цели" },
  items = {
    { code = "revenue", label = { en = "Won revenue", ru = "Выручка" } },
    { code = "deals_won", label = { en = "Won deals", ru = "Выигранные сделки" } },
    { code = "deals_new", label = { en = "New deals", ru = "Новые сделки" } },
    { code = "leads_converted", label = { en = "Converted leads", ru = "Конвертированные лиды" } },
    { code = "activities_done", label = { en = "Activities done", ru = "Сделанные дела" } },
    { code = "calls", label = { en = "Calls", ru = "Звонки" } },
    { code = "meetings", label = { en = "Meetings", ru = "Встречи" } },
  },
}

directory "goal_period" {
  label = { en = "Periods of goals", ru = "Периоды целей" },
  items = {
    { code = "month", label = { en = "Month", ru = "Месяц" } },
    { code = "quarter", label = { en = "Quarter", ru = "Квартал" } },
    { code = "year", label = { en = "Year", ru = "Год" } },
  },
}

entity "goal" {
  label = { en = "Goal", ru = "Цель" },
  label_plural = { en = "Goals", ru = "Цели" },
  icon = "target",
  title = "name",
  fields = {
    name = text { search = true, sort = true, label = { en = "Name", ru = "Название" } },
    metric = choice "goal_metric" { required = true, default = "'revenue'", open = false, label = { en = "What", ru = "Что" } },
    person = ref "user" { label = { en = "Person", ru = "Сотрудник" } },
    for_team = ref "team" { label = { en = "Team as a whole", ru = "Команда целиком" } },
    period = choice "goal_period" { required = true, default = "'month'", open = false, label = { en = "Period", ru = "Период" } },
    starts_on = date { required = true, sort = true, label = { en = "From", ru = "С" } },
    ends_on = formula("date_add(if_else(period == 'year', date_add(starts_on, 1, 'year'), if_else(period == 'quarter', date_add(starts_on, 1, 'quarter'), date_add(starts_on, 1, 'month'))), -1, 'day')") {
      label = { en = "To", ru = "По" },
    },
    amount = money { visible_when = "metric == 'revenue'", label = { en = "Sum to reach", ru = "Сумма" } },
    target = decimal { visible_when = "metric ~= 'revenue'", label = { en = "Number to reach", ru = "Количество" } },
  },
  rules = {
    {
      when = "(person == nil) == (for_team == nil)", refuse = "person",
      message = { en = "A goal is of one person or of one team as a whole", ru = "Цель ставят одному сотруднику или команде целиком" },
    },
    {
      when = "(period == 'month' and starts_on ~= month(starts_on)) or (period == 'quarter' and starts_on ~= quarter(starts_on)) or (period == 'year' and starts_on ~= year(starts_on))",
      refuse = "starts_on",
      message = { en = "A goal begins with the first day of its month, quarter or fiscal year", ru = "Цель начинается с первого дня месяца, квартала или финансового года" },
    },
    {
      when = "(metric == 'revenue' and (amount == nil or amount <= 0)) or (metric ~= 'revenue' and (target == nil or target <= 0))",
      refuse = "amount",
      message = { en = "What is to be reached is a sum for revenue and a number for all else, above zero", ru = "Для выручки задайте сумму, для остального — количество, больше нуля" },
    },
  },
}

-- Two goals for one thing at one time would be added up.
before("goal", { serial = true }, function(goal)
  if not goal.starts_on or not goal.period then return end
  local months = ({ month = 1, quarter = 3, year = 12 })[goal.period] or 1
  local year, month = tonumber(goal.starts_on:sub(1, 4)), tonumber(goal.starts_on:sub(6, 7)) + months - 1
  local last = string.format("%04d-%02d-01", year + month // 12, month % 12 + 1)
  local others = crm.query("goal"):where("metric == ? and starts_on < ? and ends_on >= ?", goal.metric, last, goal.starts_on)
  if goal.person then others = others:where("person == ?", goal.person) else others = others:where("person == nil and for_team == ?", goal.for_team) end
  for _, other in ipairs(others:limit(10):rows()) do
    if other.id ~= goal.id then
      crm.refuse("starts_on", { en = "There is a goal for this and this time already", ru = "Такая цель на это время уже есть" })
    end
  end
end)

local seen = "person == me() or for_team == my_team() or person.team == my_team()"
local tree = "person == me() or one_of(person.team, my_tree()) or one_of(for_team, my_tree())"
role "sales" { entities = { goal = { read = seen } } }
role "head" { entities = { goal = { read = tree, create = true, update = tree, delete = tree, export = tree } } }
