"""Every setting of the panel, each read from the environment; .env.example says what each is for."""

from decimal import Decimal
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from notpanel import home, secret_keys
from notpanel.rates import rate

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()  # reads NAME, or the file that NAME_FILE names
environ.Env.read_env(BASE_DIR / ".env")

# --- Where things are -------------------------------------------------------------------------------------
HOME = home.Home(Path(env.str("PANEL_HOME", default=str(BASE_DIR / "var"))).expanduser().resolve())
PORT = env.int("PORT", default=8000)
PANEL_URL = env.str("PANEL_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
BROKER_URL = env.str("BROKER_URL", default="")
# Embedded: with neither address set, the panel brings its own PostgreSQL and Redis (notpanel/embedded).
EMBEDDED = not DATABASE_URL and not REDIS_URL
if bool(DATABASE_URL) != bool(REDIS_URL):
    raise ImproperlyConfigured("Set both DATABASE_URL and REDIS_URL, or neither and the panel brings its own")

# --- Secrets ----------------------------------------------------------------------------------------------
SECRETS = secret_keys.load(env, HOME, embedded=EMBEDDED)
SECRET_KEY = SECRETS.django
ENCRYPTION_KEYS = SECRETS.encryption
if EMBEDDED:
    DATABASE_URL = HOME.database_url(SECRETS.database)
    REDIS_URL = HOME.cache_url
    BROKER_URL = HOME.broker_url

# --- Who may come in --------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PANEL_URL] if "://" in PANEL_URL else [])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],  # unfold's scripts need more than is given here
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "dashboard.people.kept"  # a row each; a cookie with nonsense is none

# --- Django -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "notpanel.operator.config.OperatorConfig",  # django.contrib.admin, with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "notpanel",
    "kit",  # for its templates
    "events",
    "alerts",
    "wallets",
    "accounts",
    "providers",
    "catalog",
    "orders",
    "webhooks",
    "api_v2",
    "dashboard",
    "django_htmx",
    "allauth",  # for its translations; its templates stand after ours
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # the outermost: on whatever any of the others answers
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "dashboard.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dashboard.people.guarding.GuardingMiddleware",
    "dashboard.people.limits.LimitingMiddleware",
    "dashboard.people.sessions.TrackingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "notpanel.urls"
WSGI_APPLICATION = "notpanel.wsgi.application"
CSRF_FAILURE_VIEW = "dashboard.public.failing.forged"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "notpanel" / "templates"],  # ours stand before unfold's
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.around",
            ]
        },
    }
]
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "accounts.unlikeness.UnlikeTheAddress",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
# --- People: their accounts, by django-allauth (dashboard/people) -------------------------------------------
SIGN_UP = env.bool("SIGN_UP", default=True)
PANEL_NAME = env.str("PANEL_NAME", default="NotPanel")
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "/dashboard", "/"
ACCOUNT_ADAPTER = "dashboard.people.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "dashboard.people.forms.LoginForm",
    "reauthenticate": "dashboard.people.forms.ReauthenticateForm",
    "signup": "dashboard.people.forms.SignUpForm",
    "add_email": "dashboard.people.forms.NewEmailForm",
    "reset_password": "dashboard.people.forms.ResetForm",
    "change_password": "dashboard.people.forms.ChangePasswordForm",
    "reset_password_from_key": "dashboard.people.forms.NewPasswordForm",
    "set_password": "dashboard.people.forms.SetPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and in no other
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PANEL_NAME}] "
ACCOUNT_EMAIL_NOTIFICATIONS = True  # what changes an account's security is told to its owner
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # or anybody could have us write to anybody
ACCOUNT_CHANGE_EMAIL = True  # an account has one address, and one more while it is being changed
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # allauth reads, then writes: dashboard/people/limits.py counts at once
MFA_ADAPTER = "dashboard.people.second_factor.MFAAdapter"
MFA_FORMS = {
    "activate_totp": "dashboard.people.second_factor.ActivateForm",
    "authenticate": "dashboard.people.second_factor.AuthenticateForm",
    "reauthenticate": "dashboard.people.second_factor.ReauthenticateForm",
    "authenticate_webauthn": "dashboard.people.passkeys.AssertionForm",
    "login_webauthn": "dashboard.people.passkeys.LoginForm",
    "reauthenticate_webauthn": "dashboard.people.passkeys.ReauthenticateForm",
    "add_webauthn": "dashboard.people.passkeys.AddForm",
    "edit_webauthn": "dashboard.people.passkeys.RenameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = PANEL_NAME
MFA_TOTP_TOLERANCE = 1  # a step of 30 s before and after: clocks differ (RFC 6238, 5.2)
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address that waits opens nothing here, and is not to be in the way of security
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers offer passkeys without https on localhost alone
USERSESSIONS_TRACK_ACTIVITY = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("tr", "Turkish"), ("es", "Spanish")]
LOCALE_PATHS = [BASE_DIR / "dashboard" / "locale"]  # of every room's words
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # static files come straight from the packages: no collectstatic step
UNFOLD = {
    "SITE_TITLE": PANEL_NAME,
    "SITE_HEADER": PANEL_NAME,
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("notpanel/icon.svg")}],
    "SHOW_HISTORY": False,  # what happened is in events, whoever did it and by whatever way
    "DASHBOARD_CALLBACK": "notpanel.operator.home.what_needs_you",
    "SIDEBAR": {"navigation": "notpanel.operator.navigation.groups"},
}

# --- PostgreSQL -------------------------------------------------------------------------------------------
DATABASE_BEHIND_PGBOUNCER = env.bool("DATABASE_BEHIND_PGBOUNCER", default=False)
DATABASES = {
    "default": env.db_url_config(DATABASE_URL)
    | {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # a restart of PostgreSQL costs no request an error
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_BEHIND_PGBOUNCER,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

# --- Redis ------------------------------------------------------------------------------------------------
CACHES = {
    "default": {"BACKEND": "kit.forgetful.ForgetfulCache"},  # for what a page can do without
    "limits": {  # raises with Redis away, as kit/trying.py has to know
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.25, "socket_connect_timeout": 0.25},  # a frozen Redis holds nobody up
    },
}
RATELIMIT_USE_CACHE = "limits"
CACHE_SECONDS = 30  # the contract's; how long a cached balance, key or account is believed

# --- Celery -----------------------------------------------------------------------------------------------
FOLLOW_INTERVAL = env.int("FOLLOW_INTERVAL", default=60)
SWEEP_INTERVAL = env.int("SWEEP_INTERVAL", default=5)
SYNC_INTERVAL = env.int("SYNC_INTERVAL", default=3600)
CELERY_BROKER_URL = BROKER_URL or REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240  # under half the visibility time-out, so that no task is ever run beside itself
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME.path / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds * 2}}
    for name, seconds in {
        "notpanel.heartbeat": SWEEP_INTERVAL,
        "orders.buy_due": SWEEP_INTERVAL,
        "orders.resend_due": SWEEP_INTERVAL,
        "orders.follow_due": min(SWEEP_INTERVAL, FOLLOW_INTERVAL),
        "orders.sweep": SWEEP_INTERVAL,
        "orders.measure_posts": SWEEP_INTERVAL,
        "orders.go_on": SWEEP_INTERVAL,
        "orders.cancel_due": SWEEP_INTERVAL,
        "orders.refill_due": SWEEP_INTERVAL,
        "orders.reroute": 30,  # with many waiting and nowhere to go it looks at all of them
        "orders.report_stuck": 600,
        "orders.watch": 60,
        "orders.reconcile": 3600,  # each provider once a day: its last row says when
        "webhooks.dispatch": SWEEP_INTERVAL,
        "webhooks.close_unwanted": 60,
        "webhooks.tell_owners": 60,
        "webhooks.tidy_up": 3600,
        "accounts.note_use": 60,
        "alerts.mail": 60,
        "accounts.send_mails": 30,
        "accounts.forget_sessions": 3600,
        "notpanel.audit": 3600,  # the books once a day: the last audit's event says when
        "providers.check_all": 600,
        "catalog.sync_all": SYNC_INTERVAL,
    }.items()
    if seconds  # 0 switches it off
}

# --- Processes under `make up` ----------------------------------------------------------------------------
WEB_HOST = env.str("WEB_HOST", default="127.0.0.1")
WEB_PROCESSES = env.int("WEB_PROCESSES", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=4)
WORKER_PROCESSES = env.int("WORKER_PROCESSES", default=4)
DEMO = env.bool("DEMO", default=EMBEDDED)
DEMO_PROVIDER_PORT = env.int("DEMO_PROVIDER_PORT", default=PORT + 1)

# --- Orders -----------------------------------------------------------------------------------------------
PROVIDER_TIMEOUT = env.int("PROVIDER_TIMEOUT", default=20)
HOLD_HOURS = env.int("HOLD_HOURS", default=24)
MOST_REFILLS = env.int("MOST_REFILLS", default=3)
STUCK_FACTOR = env.int("STUCK_FACTOR", default=5)
PRICE_JUMP = env.int("PRICE_JUMP", default=20)
MARGIN_FLOOR = Decimal(str(env.float("MARGIN_FLOOR", default=0)))
MOST_RUNS = env.int("MOST_RUNS", default=1000)

LINK_GUARD = env.str("LINK_GUARD", default="off")
if LINK_GUARD not in {"off", "account", "panel"}:
    raise ImproperlyConfigured(f"LINK_GUARD is {LINK_GUARD!r}: it is off, account or panel")

# --- Webhooks: the schedule and its limits are the contract's (docs/webhooks.md) ----------------------------
WEBHOOK_SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds after the attempt before
WEBHOOK_JITTER = 0.2  # up to so much of each delay is added, so that what failed together is not repeated together
WEBHOOK_TIMEOUT = 15  # seconds for a whole attempt, from the look-up to the last byte that is read
WEBHOOK_LONGEST_RETRY_AFTER = 86_400  # seconds; a receiver that asks for more is asked again after these
WEBHOOK_DISABLE_AFTER = 5 * 86_400  # seconds without one success, after which an endpoint is disabled
WEBHOOK_KEEP_DAYS = 30  # days that attempts, and deliveries that have ended, are kept
WEBHOOK_PER_ENDPOINT = 10  # attempts under way at one endpoint
WEBHOOK_UNDER_WAY = 500  # attempts under way at all of them
WEBHOOK_CIRCUIT = (10, 60)  # after so many failures in a row, one attempt each so many seconds, until one succeeds
WEBHOOK_ALLOW_HTTP = env.bool("WEBHOOK_ALLOW_HTTP", default=False)
WEBHOOK_ALLOW_NETWORKS = env.list("WEBHOOK_ALLOW_NETWORKS", default=[])
WEBHOOK_PROXY = env.str("WEBHOOK_PROXY", default="")

# --- Mail to the operator ---------------------------------------------------------------------------------
OPERATOR_EMAIL = env.list("OPERATOR_EMAIL", default=[])
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="notpanel@localhost")

# --- /api/v2 ----------------------------------------------------------------------------------------------
API_DEFAULT_DIALECT = env.str("API_DEFAULT_DIALECT", default="standard")
API_CLASSIC_GET = env.bool("API_CLASSIC_GET", default=True)
DUPLICATES_WINDOW = env.int("DUPLICATES_WINDOW", default=120)  # seconds

# --- Rate limits of /api/v2 -------------------------------------------------------------------------------
RATE_LIMIT_IP = rate(env.str("RATE_LIMIT_IP", default="300/m"))
RATE_LIMIT_KEY = rate(env.str("RATE_LIMIT_KEY", default="100/m"))
RATE_LIMIT_BALANCE_IP = rate(env.str("RATE_LIMIT_BALANCE_IP", default="3000/m"))
RATE_LIMIT_TIER = env.bool("RATE_LIMIT_TIER", default=True)
RATE_LIMIT_LOGIN = rate(env.str("RATE_LIMIT_LOGIN", default="10/m"))

# --- Logs: to standard error; the supervisor marks each line with its source ------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name} {message}", "style": "{"}},
    "filters": {"scrub": {"()": "notpanel.logs.Scrub"}, "expected": {"()": "notpanel.logs.Expected"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["scrub"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "django.request": {"filters": ["expected"]},
        # Every task is named twice otherwise, eight lines in five seconds; one that fails is still logged.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},  # a sweep that came too late is "revoked": the next one does it
    },
}
