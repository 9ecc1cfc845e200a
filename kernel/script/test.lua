-- The words of a file of tests: see test.h. Returns the list that `test` fills.
local tests = {}

local function show(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for key, item in pairs(value) do parts[#parts + 1] = tostring(key) .. " = " .. show(item) end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(one, other)
  if type(one) ~= "table" or type(other) ~= "table" then return one == other end
  for key, value in pairs(one) do
    if not same(value, other[key]) then return false end
  end
  for key in pairs(other) do
    if one[key] == nil then return false end
  end
  return true
end

function test(name, body) tests[#tests + 1] = { name = name, body = body } end

function equal(found, wanted)
  if not same(found, wanted) then error("found " .. show(found) .. ", wanted " .. show(wanted), 2) end
end

function refused(body)
  local done, why = crm.try(function()
    body()
    crm.settle()
  end)
  if done then error("it was not refused", 2) end
  return tostring(why)
end

return tests
