-- Stock roles. "own" is owner == me(); "the own team's" is team == my_team() or own; a tree is the own
-- team and all below it.

local own = "owner == me()"
local team = "team == my_team() or owner == me()"
local tree = "one_of(team, my_tree()) or owner == me()"

local customers = { "organization", "contact", "lead", "deal", "activity", "comment", "segment" }

local function for_each(names, grant)
  local entities = {}
  for _, name in ipairs(names) do entities[name] = grant end
  return entities
end

local function with(entities, more)
  for name, grant in pairs(more) do entities[name] = grant end
  return entities
end

-- What everybody who works with customers needs besides.
local shared = {
  product = { read = true },
  file = { read = true, create = true, update = own, delete = own },
  saved_view = { read = "shared or owner == me()", create = true, update = own, delete = own },
}

role "admin" { label = { en = "Administrator", ru = "Администратор" }, admin = true }

role "head" {
  label = { en = "Head of department", ru = "Руководитель" },
  entities = with(for_each(customers, { read = tree, create = true, update = tree, delete = tree, export = tree }), {
    product = { read = true, export = true },
    file = { read = true, create = true, update = tree, delete = tree },
    saved_view = { read = "shared or owner == me()", create = true, update = own, delete = own },
  }),
  permissions = { "import" },
}

role "sales" {
  label = { en = "Salesperson", ru = "Менеджер по продажам" },
  entities = with(for_each(customers, { read = team, create = true, update = own, delete = own }), shared),
}

role "marketing" {
  label = { en = "Marketer", ru = "Маркетолог" },
  entities = with({
    organization = { read = true }, contact = { read = true }, lead = { read = true }, deal = { read = true },
    activity = { read = true }, comment = { read = true, create = true, update = own, delete = own },
    segment = { read = true, create = true, update = true, delete = true },
  }, shared),
}

role "support" {
  label = { en = "Support agent", ru = "Сотрудник поддержки" },
  entities = with({
    organization = { read = true }, contact = { read = true }, lead = { read = true }, deal = { read = true },
    activity = { read = true, create = true, update = true, delete = own },
    comment = { read = true, create = true, update = own, delete = own },
    segment = { read = true },
  }, shared),
}

role "reader" {
  label = { en = "Reader", ru = "Читатель" },
  entities = { ["*"] = { read = true } },
}
