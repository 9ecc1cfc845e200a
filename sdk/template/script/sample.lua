-- An organization's address on the web is completed as it is saved.
before("organization", function(organization)
  local site = organization.website
  if site and not site:find("://", 1, true) then organization.website = "https://" .. site end
end)
