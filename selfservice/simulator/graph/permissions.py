"""Which application permissions open which calls, least privilege first."""

READ_USERS = frozenset(("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"))
WRITE_USERS = frozenset(("User.ReadWrite.All", "Directory.ReadWrite.All"))
INVITE = frozenset(("User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"))
WRITE_MEMBERS = frozenset(("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"))
READ_GROUPS = frozenset(("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", *WRITE_MEMBERS))
WRITE_GROUPS = frozenset(("Group.ReadWrite.All", "Directory.ReadWrite.All"))
READ_APPS = frozenset(
    (
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    )
)
ASSIGN_ROLES = frozenset(("AppRoleAssignment.ReadWrite.All",))
READ_ASSIGNMENTS = READ_APPS | ASSIGN_ROLES
READ_OWN_ROLES = frozenset(("Directory.Read.All", "Directory.ReadWrite.All")) | ASSIGN_ROLES
READ_ANY = READ_USERS | READ_GROUPS | READ_APPS
READ_POLICIES = frozenset(("Policy.Read.All",))
WRITE_CROSS_TENANT = frozenset(("Policy.ReadWrite.CrossTenantAccess",))
READ_CROSS_TENANT = READ_POLICIES | WRITE_CROSS_TENANT
WRITE_AUTHORIZATION = frozenset(("Policy.ReadWrite.Authorization",))
WRITE_METHODS = frozenset(("Policy.ReadWrite.AuthenticationMethod",))
READ_LIFECYCLE = frozenset(("LifecyclePolicies-Guests.Read.All", "LifecyclePolicies-Guests.ReadWrite.All"))
READ_LEAVING = frozenset(("User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All"))
READ_TENANTS = frozenset(("CrossTenantInformation.ReadBasic.All",))
READ_ORGANIZATION = frozenset(("Organization.Read.All",)) | READ_USERS
READ_LOGS = frozenset(("AuditLog.Read.All",))
SEND_MAIL = frozenset(("Mail.Send",))
WRITE_MAIL = frozenset(("Mail.ReadWrite",))
READ_MAIL = frozenset(("Mail.Read", "Mail.ReadWrite"))
WRITE_ROLE_GROUPS = frozenset(("RoleManagement.ReadWrite.Directory",))
ADMIN_OVER_ADMINS = frozenset(("RoleManagement.ReadWrite.Directory",))
