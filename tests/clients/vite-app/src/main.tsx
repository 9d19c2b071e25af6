import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { signIn } from './sign-in';
import { SignInForm } from './SignInForm';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <SignInForm signIn={signIn}>
      {(_session, by) => <h1>You are signed in{by === 'device' ? ': this device is trusted' : ''}</h1>}
    </SignInForm>
  </StrictMode>,
);
