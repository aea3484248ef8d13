/** What the API answers instead of data. The text is in the reason phrase, as pveproxy does it. */
export class ApiError extends Error {
  readonly status: number;
  /** Parameter → what is wrong with it; only with 400. */
  readonly errors: Readonly<Record<string, string>> | undefined;
  /** 401 from the door, 595, 596 and unavailable methods have an empty body. */
  readonly hasBody: boolean;

  constructor(status: number, reason: string, options: { errors?: Record<string, string>; hasBody?: boolean } = {}) {
    super(reason);
    this.name = 'ApiError';
    this.status = status;
    this.errors = options.errors;
    this.hasBody = options.hasBody ?? true;
  }
}

export function parameterError(errors: Record<string, string>): ApiError {
  return new ApiError(400, 'Parameter verification failed.', { errors });
}

export function serverError(message: string): ApiError {
  return new ApiError(500, message);
}
